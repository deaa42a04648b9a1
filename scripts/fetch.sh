# How each row of dependencies.lock is fetched, unpacked and linked; sourced by bootstrap.

# A virtual environment named $1 with scripts/requirements-$1.txt, made once; prints its place.
environment() {
  local file=$top/scripts/requirements-$1.txt
  local place=$cache/venv-$1-$(sha256sum <"$file" | cut -c1-12)
  if [ ! -d "$place" ]; then
    rm -rf "$place.part"
    /usr/bin/python3 -m venv "$place.part" >&2
    "$place.part/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r "$file" >&2
    mv "$place.part" "$place"
  fi
  echo "$place"
}

fetch_pip() {  # package, sha256, directory: the source archive
  local venv
  venv=$(environment fetch)
  printf '%s --hash=sha256:%s\n' "$1" "$2" >"$3/requirements.txt"
  "$venv/bin/python" -m pip download --disable-pip-version-check --no-deps --no-build-isolation --no-binary :all: \
    --require-hashes -r "$3/requirements.txt" -d "$3"
  rm "$3/requirements.txt"
}

fetch_npm() {  # package, sha256, directory
  local path=$PATH
  command -v npm >/dev/null || path=$(environment node)/bin:$path
  (cd "$3" && PATH=$path npm pack --silent "$1")
}

# fetch name version client package sha256 place: fetches the archive, checks it, unpacks it into place.
fetch() {
  local name=$1 version=$2 client=$3 package=$4 sha256=$5 place=$6 work
  work=$(mktemp -d "$cache/part.XXXXXX")
  mkdir "$work/archive" "$work/unpacked" "$work/place"
  "fetch_$client" "$package" "$sha256" "$work/archive"
  echo "$sha256  $(echo "$work"/archive/*)" | sha256sum --check --quiet
  tar -xf "$work"/archive/* -C "$work/unpacked" --strip-components=1
  "unpack_${name//-/_}" "$work/unpacked" "$work/place"
  mv "$work/place" "$place"
  rm -rf "$work"
}

unpack_yyjson() { cp "$1"/yyjson/yyjson.[ch] "$1/LICENSE" "$2"; grep -q '"0.10.0"' "$2/yyjson.h"; }
link_yyjson() { link "$1" yyjson; }

unpack_duckdb_header() { cp "$1/external/duckdb/src/include/duckdb.h" "$1/LICENSE" "$2"; }
link_duckdb_header() { mkdir -p "$top/build/deps/duckdb"; link "$1/duckdb.h" duckdb/duckdb.h; }

unpack_duckdb() { cp "$1/libduckdb.so" "$1/LICENSE" "$2"; }
link_duckdb() { mkdir -p "$top/build/deps/duckdb"; link "$1" duckdb/lib; }

# link target name: build/deps/name leads to target.
link() {
  local here=$top/build/deps/$2
  [ "$(readlink "$here")" = "$1" ] || ln -sfn "$1" "$here"
}
