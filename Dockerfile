# One image for every process of Pointsman: the command chooses (worker, flower, sim, or a client such as status).
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/pointsman
ENV PATH=/opt/pointsman/bin:$PATH
# The packages first, so that a change of code does not install them anew; each must match its pinned hash.
COPY constraints.txt ./
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY router router
COPY workers workers
COPY simulator simulator
RUN pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN groupadd --system --gid 10001 pointsman && useradd --system --uid 10001 --gid 10001 --create-home --home-dir /state pointsman
COPY --from=build /opt/pointsman /opt/pointsman
ENV PATH=/opt/pointsman/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /state
USER 10001:10001
ENTRYPOINT ["pointsman"]
CMD ["--help"]
