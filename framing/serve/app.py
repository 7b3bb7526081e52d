"""The HTTP service: `create_app` makes it, `run` serves it.

The event loop only moves bytes. Texts are read by two threads, pages by one more (a hostile page
takes seconds), and one thread for each model scores what waits, together.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from http import HTTPStatus
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from framing import __version__
from framing.article import Article
from framing.compare import compare
from framing.errors import ArticleError, FramingError
from framing.model.artefact import find_model, read_artefact
from framing.page import colour_rules
from framing.results import ArticleScore
from framing.scoring import Scorer, load
from framing.serve.batching import Batcher, Full, Scored
from framing.serve.bodies import (
    KEYS,
    ArticleBody,
    BatchAnswer,
    BatchBody,
    CodebookAnswer,
    CompareAnswer,
    CompareBody,
    ModelsAnswer,
    ProblemAnswer,
    ScoreAnswer,
    ScoreBody,
    StateAnswer,
)
from framing.serve.guard import Guard
from framing.serve.problems import MEDIA_TYPE, Problem, from_validation
from framing.serve.settings import Settings
from framing.serve.watch import LOG_CONFIG, Metrics, log_event, where

__all__ = ["create_app", "run"]

_ARENA_MAX = -8  # of glibc's malloc.h
_ROOM_FOR_METRICS = 8_000_000  # bytes a worker: several sparse files, written through memory
_PAGE = Path(__file__).parent / "page"
_SCRIPTS = ("page", "common", "reading", "compare", "save")
_DESCRIPTION = """Scores news articles sentence by sentence for framing, and says whose words each
sentence is. A frame is an interpretation, not a falsehood. Errors are RFC 9457 problem details."""
T = TypeVar("T")


class _Service:
    """The loaded models and the threads of one process."""

    def __init__(
        self, settings: Settings, metrics: Metrics, load_model: Callable[[str], Scorer]
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.failure: str | None = None
        self._load_model = load_model
        self._batchers: dict[str, Batcher] = {}  # by codebook
        self._texts = ThreadPoolExecutor(2, "framing-read")
        self._pages = ThreadPoolExecutor(1, "framing-html")
        self._loader = threading.Thread(target=self._load, name="framing-load", daemon=True)

    def start(self) -> None:
        """Begin to load the models; the service is alive meanwhile, and ready after."""
        self._loader.start()
        parent = multiprocessing.parent_process()
        if parent is not None:
            threading.Thread(target=_end_with, args=(parent,), daemon=True).start()

    def _load(self) -> None:
        try:
            found: dict[str, Batcher] = {}
            for name in self.settings.models:
                scorer = self._load_model(name)
                if scorer.codebook.id in found:
                    raise FramingError(
                        f"two models for codebook {scorer.codebook.id}; name one of them"
                    )
                list(scorer.score_many(["This sentence warms the model up."]))
                found[scorer.codebook.id] = Batcher(
                    scorer,
                    queue=self.settings.queue,
                    explained=self.settings.explained,
                    together=self.settings.together,
                    observe=self.metrics.observe_pass,
                )
            self._batchers = found
            self.metrics.ready.set(1)
            log_event("ready", models=[b.scorer.provenance.model for b in found.values()])
        except Exception as error:  # noqa: BLE001 (told by /readyz and the log)
            self.failure = str(error) if isinstance(error, FramingError) else where(error)
            log_event("not_ready", level=40, error=self.failure)

    def loaded(self) -> None:
        """Wait until the models are loaded, or have failed to."""
        self._loader.join()

    def stop(self) -> None:
        """Finish what was accepted, then end the threads."""
        self.loaded()
        for batcher in self._batchers.values():
            batcher.close()
        self._texts.shutdown()
        self._pages.shutdown(cancel_futures=True)

    def check_ready(self) -> None:
        """Raise the Problem that keeps the service from scoring, if there is one."""
        if self.failure:
            raise Problem(503, "models_failed", "the models cannot be loaded; see the log")
        if not self._batchers:
            raise Problem(503, "not_ready", "the models are being loaded", retry_after=2)

    @property
    def batchers(self) -> Sequence[Batcher]:
        """One for each model, the default first; a Problem while they load."""
        self.check_ready()
        return tuple(self._batchers.values())

    def batcher(self, codebook: str | None) -> Batcher:
        """Return the batcher of the model for a codebook."""
        batchers = self.batchers
        if codebook is None:
            return batchers[0]
        if codebook not in self._batchers:
            raise Problem(
                422,
                "unknown_codebook",
                f"no model for this codebook; there is one for {', '.join(self._batchers)}",
                [{"pointer": "/codebook", "detail": "names no loaded codebook"}],
            )
        return self._batchers[codebook]

    async def score(
        self, request: Request, bodies: Sequence[ArticleBody], codebook: str | None, explain: bool
    ) -> list[Scored | Problem]:
        """Read and score articles; one that cannot be read is a Problem in its place."""
        batcher = self.batcher(codebook)
        if len(bodies) > self.settings.documents:
            raise Problem(
                422,
                "too_many_documents",
                f"{len(bodies):,} articles are over the limit of {self.settings.documents}",
                [{"pointer": "/articles", "detail": "has too many items"}],
            )
        for body in bodies:
            self._check_length(body.text or "")
        request.scope["state"].update(
            documents=len(bodies),
            characters=sum(len(b.text or b.html or "") for b in bodies),
            explain=explain,
        )
        try:
            with batcher.admit(len(bodies)):
                self._note_waiting()
                read = await asyncio.gather(*(self._read(body) for body in bodies))
                articles = [item for item in read if isinstance(item, Article)]
                done = await asyncio.wrap_future(batcher.submit(articles, explain=explain))
        except Full as full:
            raise Problem(
                429,
                "queue_full",
                f"more than {self.settings.queue} articles are waiting",
                retry_after=full.retry_after,
            ) from None
        finally:
            self._note_waiting()
        scored = iter(done)
        found = [item if isinstance(item, Problem) else next(scored) for item in read]
        request.scope["state"]["sentences"] = sum(
            len(item.result.sentences) for item in found if isinstance(item, Scored)
        )
        return found

    def _note_waiting(self) -> None:
        self.metrics.waiting.set(sum(batcher.held for batcher in self._batchers.values()))

    def _check_length(self, text: str) -> None:
        if len(text) > self.settings.characters:
            raise Problem(
                422,
                "article_too_long",
                f"{len(text):,} characters are over the limit of {self.settings.characters:,}",
            )

    async def _read(self, body: ArticleBody) -> Article | Problem:
        try:
            if body.text is not None:
                return await self.run(self._texts, Article.from_text, body.text, title=body.title)
            article = await self.run(self._pages, Article.from_html, body.html or "")
            self._check_length(article.text)
            return replace(article, title=body.title) if body.title else article
        except ArticleError:
            return Problem(
                422, "unreadable_page", "no article can be extracted; send its text instead"
            )
        except Problem as problem:
            return problem

    async def run(
        self, pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any, **options: Any
    ) -> T:
        """Run a function in a pool's thread."""
        return await asyncio.get_running_loop().run_in_executor(
            pool, lambda: function(*args, **options)
        )

    async def write(self, function: Callable[[], T]) -> T:
        """Run a function that writes an answer off the event loop; long articles take 20 ms."""
        return await self.run(self._texts, function)


def create_app(
    settings: Settings | None = None, *, load_model: Callable[[str], Scorer] = load
) -> FastAPI:
    """Return the service as an ASGI application; settings come from the environment if not given.

    Models are loaded when the application starts. Raises `FramingError` for wrong settings.
    """
    settings = settings or Settings.from_environment()
    _share_arenas()
    metrics = Metrics()
    service = _Service(settings, metrics, load_model)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        if multiprocessing.parent_process() is not None:
            # The port is shared: another worker's /readyz speaks for this one too.
            await asyncio.to_thread(service.loaded)
        try:
            yield
        finally:
            await asyncio.to_thread(service.stop)
            log_event("stopped")

    app = FastAPI(
        title="framing",
        version=__version__,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # its scripts would come from another host
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
    )
    app.state.service = service
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Problem, _problem)
    _add_pages(app, service)
    _add_routes(app, service)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"],
            max_age=600,
        )
    routes = [path for route in app.routes if (path := getattr(route, "path", None))]
    routes += app.openapi()["paths"]
    app.add_middleware(Guard, settings=settings, metrics=metrics, routes=routes)
    return app


def _share_arenas() -> None:
    """Keep glibc from giving every thread a heap of its own, each of which keeps its peak.

    Measured over 140 s of mixed articles: 314 MB and growing without, 167 MB and flat with this.
    """
    with suppress(OSError, AttributeError):  # another libc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def _end_with(parent: BaseProcess) -> None:
    """Stop this worker when the process that started it is gone: it would hold the port."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _request_id(request: Request) -> str | None:
    found: str | None = request.scope.get("state", {}).get("request_id")
    return found


def _invalid(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    return from_validation(found, KEYS).response(_request_id(request))


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    says = {
        400: ("invalid_body", "the body cannot be read as JSON"),
        404: ("not_found", "there is nothing here; see /openapi.json"),
        405: ("method_not_allowed", "not with this method; see /openapi.json"),
    }
    code, detail = says.get(status, ("error", HTTPStatus(status).phrase))
    response = Problem(status, code, detail).response(_request_id(request))
    headers = getattr(error, "headers", None) or {}
    if "Allow" in headers:
        response.headers["Allow"] = headers["Allow"]
    return response


def _problem(request: Request, error: Exception) -> Response:
    problem = error if isinstance(error, Problem) else Problem(500, "internal", "a fault")
    return problem.response(_request_id(request))


def _json(value: object) -> Response:
    """Return JSON; what UTF-8 cannot hold (half of a surrogate pair) stays escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        body = text.encode()
    except UnicodeEncodeError:
        body = json.dumps(value).encode("ascii")
    return Response(body, media_type="application/json")


def _score_json(scored: Scored, explain: bool) -> dict[str, Any]:
    """Return a score as JSON values; offsets of words are in the article's text."""
    value = scored.result.to_dict()
    if explain:
        for i, sentence in enumerate(value["sentences"]):
            sentence["evidence"] = {
                frame: [
                    {
                        "word": w.word,
                        "start": sentence["start"] + w.start,
                        "end": sentence["start"] + w.end,
                        "weight": round(w.weight, 4),
                    }
                    for w in words
                ]
                for frame, words in scored.evidence.get(i, {}).items()
            }
    return value


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
        }
        for status in statuses
    }


_POST_PROBLEMS = _problems(400, 401, 408, 413, 415, 422, 429, 500, 503)
_GET_PROBLEMS = _problems(401, 422, 503)


def _add_routes(app: FastAPI, service: _Service) -> None:
    limits = service.settings

    @app.post(
        "/v1/score",
        summary="Score one article",
        description=f"At most {limits.characters:,} characters of text and {limits.body_bytes:,} "
        "bytes of body. With `Accept: text/html` the answer is a self-contained page.",
        response_model=None,
        responses={
            200: {"model": ScoreAnswer, "content": {"text/html": {}}},
            **_POST_PROBLEMS,
        },
    )
    async def score(request: Request, body: ScoreBody) -> Response:
        (scored,) = await service.score(request, [body], body.codebook, body.explain)
        if isinstance(scored, Problem):
            raise scored
        if request.headers.get("accept", "").startswith("text/html"):
            return _download(await service.write(lambda: _html(scored)))
        return await service.write(lambda: _json(_score_json(scored, body.explain)))

    @app.post(
        "/v1/score/batch",
        summary="Score several articles",
        description=f"At most {limits.documents} articles. One that cannot be read has its "
        "`problem` in its place; the others are scored.",
        response_model=None,
        responses={200: {"model": BatchAnswer}, **_POST_PROBLEMS},
    )
    async def score_batch(request: Request, body: BatchBody) -> Response:
        found = await service.score(request, body.articles, body.codebook, body.explain)

        def written() -> Response:
            return _json(
                {
                    "results": [
                        {"score": None, "problem": item.to_dict()}
                        if isinstance(item, Problem)
                        else {"score": _score_json(item, body.explain), "problem": None}
                        for item in found
                    ]
                }
            )

        return await service.write(written)

    @app.post(
        "/v1/compare",
        summary="Compare articles about one event",
        description=f"Two to {limits.documents} articles: which frames each has and lacks, in "
        "whose voice, by whom. With `Accept: text/html` the answer is a self-contained page.",
        response_model=None,
        responses={
            200: {"model": CompareAnswer, "content": {"text/html": {}}},
            **_POST_PROBLEMS,
        },
    )
    async def compare_articles(request: Request, body: CompareBody) -> Response:
        found = await service.score(request, body.articles, body.codebook, False)
        results: list[ArticleScore] = []
        for number, item in enumerate(found):
            if isinstance(item, Problem):
                faults = [{"pointer": f"/articles/{number}", "detail": item.detail}]
                raise replace(item, detail=f"article {number + 1}: {item.detail}", errors=faults)
            results.append(item.result)
        comparison = compare(results)
        if request.headers.get("accept", "").startswith("text/html"):
            return _download(await service.write(comparison.to_html))

        def written() -> Response:
            scores = [result.to_dict() for result in results]
            return _json({"articles": scores, "comparison": comparison.to_dict()})

        return await service.write(written)

    @app.get(
        "/v1/codebook",
        summary="Show a codebook",
        response_model=None,
        responses={200: {"model": CodebookAnswer}, **_GET_PROBLEMS},
    )
    async def codebook(
        codebook: Annotated[str | None, Query(description="Its id; else the default's.")] = None,
    ) -> Response:
        book = service.batcher(codebook).scorer.codebook
        return _json(
            {
                "id": book.id,
                "name": book.name,
                "description": book.description,
                "digest": book.digest,
                "groups": list(book.groups),
                "voices": dict(book.voices),
                "frames": [
                    {
                        "id": frame.id,
                        "name": frame.name,
                        "group": frame.group,
                        "definition": frame.definition,
                        "when": list(frame.when),
                        "when_not": list(frame.when_not),
                        "examples": list(frame.examples),
                        "near_misses": list(frame.near_misses),
                    }
                    for frame in book.frames
                ],
            }
        )

    @app.get(
        "/v1/models",
        summary="List the loaded models",
        response_model=None,
        responses={200: {"model": ModelsAnswer}, **_GET_PROBLEMS},
    )
    async def models() -> Response:
        return _json({"models": [_model_json(b.scorer) for b in service.batchers]})

    @app.get(
        "/healthz",
        summary="Is the process alive?",
        response_model=None,
        responses={200: {"model": StateAnswer}},
    )
    async def healthz() -> Response:
        return JSONResponse({"status": "alive"})

    @app.get(
        "/readyz",
        summary="Are the models loaded?",
        response_model=None,
        responses={200: {"model": StateAnswer}, **_problems(503)},
    )
    async def readyz() -> Response:
        service.check_ready()
        return JSONResponse({"status": "ready"})

    @app.get("/metrics", summary="Prometheus metrics", response_model=None)
    async def show_metrics() -> Response:
        return Response(service.metrics.render(), media_type="text/plain; version=0.0.4")

    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        if "ProblemAnswer" not in schemas:
            known = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(known.pop("$defs", {}))
            schemas["ProblemAnswer"] = known
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)  # FastAPI's own, which we never send
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def _download(page: str) -> Response:
    return HTMLResponse(
        page, headers={"Content-Disposition": 'attachment; filename="framing.html"'}
    )


def _html(scored: Scored) -> str:
    result: ArticleScore = scored.result
    return result.to_html(evidence=scored.evidence or None)


def _model_json(scorer: Scorer) -> dict[str, Any]:
    artefact = scorer.artefact
    provenance = scorer.provenance.to_dict()
    return {
        "name": provenance.pop("model"),
        **provenance,
        "languages": list(artefact.languages),
        "licence": str(artefact.manifest["licence"]),
        "max_tokens": artefact.max_tokens,
    }


def _always(response: Response) -> Callable[[], Awaitable[Response]]:
    async def show() -> Response:
        return response

    return show


def _add_pages(app: FastAPI, service: _Service) -> None:
    """Serve the page and its files, which are read once."""
    fresh = {"Cache-Control": "no-cache"}
    for path, name, kind in (
        ("/", "index.html", "text/html"),
        ("/page.css", "page.css", "text/css"),
        *((f"/{name}.js", f"{name}.js", "text/javascript") for name in _SCRIPTS),
    ):
        response = Response((_PAGE / name).read_bytes(), headers=fresh, media_type=kind)
        app.add_api_route(path, _always(response), include_in_schema=False, response_model=None)

    async def colours() -> Response:
        rules = "".join(colour_rules(b.scorer.codebook.frame_ids) for b in service.batchers[:1])
        return Response(rules, headers=fresh, media_type="text/css")

    app.add_api_route("/frames.css", colours, include_in_schema=False, response_model=None)


@contextmanager
def _metrics_folder(workers: int) -> Iterator[str]:
    """Make the folder in which workers count together.

    Its files are mapped into memory: on a full disk the kernel would kill whoever writes to them.
    """
    try:
        folder = tempfile.mkdtemp(prefix="framing-metrics-")
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise FramingError(
            f"no folder for the metrics of {workers} workers: {error.strerror}; set TMPDIR to one "
            "that can be written, or use --workers 1"
        ) from error
    try:
        needed = workers * _ROOM_FOR_METRICS
        if free < needed:
            raise FramingError(
                f"{folder}: {free:,} bytes free, the metrics of {workers} workers need {needed:,}; "
                "set TMPDIR to another folder, or use --workers 1"
            )
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(*, host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what was accepted; settings: the environment.

    Raises `FramingError` at once for wrong settings or a model that cannot be loaded.
    """
    import uvicorn

    settings = Settings.from_environment()
    for model in settings.models:
        read_artefact(find_model(model))
    options: dict[str, Any] = {
        "factory": True,
        "host": host,
        "port": port,
        "access_log": False,
        "log_config": LOG_CONFIG,
        "server_header": False,
        "proxy_headers": False,
        # Longer than proxies keep theirs (60 s): else one may send into a connection that closes.
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": int(settings.timeout) + 5,
    }
    if workers == 1:
        uvicorn.run("framing.serve.app:create_app", **options)
        return
    with _metrics_folder(workers) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        with suppress(KeyboardInterrupt):
            uvicorn.run("framing.serve.app:create_app", workers=workers, **options)
