# The bot in a container: docs/operating.md says how to run it, compose.yaml does.
FROM python:3.12-slim AS build
WORKDIR /src
# 1 keeps numba and LLVM, 207 MB: over some 100,000 paragraphs they make answers faster.
ARG COMPILED=0
COPY requirements.lock ./
# Exactly the packages that were tested, each checked by its hash.
RUN python -m venv /opt/taxnews \
    && /opt/taxnews/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && if [ "$COMPILED" != 1 ]; then /opt/taxnews/bin/pip uninstall --yes numba llvmlite; fi
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY corpus corpus
COPY retrieval retrieval
RUN /opt/taxnews/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin taxnews \
    && install -d -o taxnews -g taxnews -m 700 /data
COPY --from=build /opt/taxnews /opt/taxnews
ENV PATH=/opt/taxnews/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TAXNEWS_DB=/data/taxnews.db \
    TAXNEWS_METRICS_LISTEN=0.0.0.0:9108
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 9108
# The first start over a large database takes minutes.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10m \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9108/healthz', timeout=4)"]
ENTRYPOINT ["taxnews"]
CMD ["serve"]
