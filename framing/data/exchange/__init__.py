"""Labelled data to and from other programs, each way without loss.

Each module has `write_X(path, records)`, `read_X(path)`, and `project_configuration(codebook)`,
which is what a user opens or pastes in the program. Readers of shared tasks' files only read.
"""

from framing.data.exchange.doccano import read_doccano, write_doccano
from framing.data.exchange.inception import read_inception, write_inception
from framing.data.exchange.labelstudio import read_labelstudio, write_labelstudio
from framing.data.exchange.prodigy import read_prodigy, write_prodigy
from framing.data.exchange.shared_tasks import (
    read_polnear,
    read_semeval2020,
    read_semeval2023,
    read_semeval2023_frames,
    read_semeval2025,
)

__all__ = [
    "read_doccano",
    "read_inception",
    "read_labelstudio",
    "read_polnear",
    "read_prodigy",
    "read_semeval2020",
    "read_semeval2023",
    "read_semeval2023_frames",
    "read_semeval2025",
    "write_doccano",
    "write_inception",
    "write_labelstudio",
    "write_prodigy",
]
