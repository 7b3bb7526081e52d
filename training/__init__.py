"""Fine-tuning, calibration and export of the models that `framing` runs; works from a checkout."""
