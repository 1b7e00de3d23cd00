"""How each package manager installs and removes the packages of one build folder."""

import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
INSTALLER = ROOT / ".github/packaging/install.sh"


class Skip(Exception):
    """The channel cannot be tried on this machine; the text says why."""


class Channel:
    """One way to install. `bin` holds `pp` afterwards; `prefix` is empty before and after."""

    limit = 10.0
    # Files that a package manager keeps as its own records after an uninstall.
    records = r"$^"
    has_plugin = True
    # The root of the file system that the installed programs see.
    root = Path("/")

    def __init__(self, packages, folder, environment):
        self.packages = packages
        self.folder = folder
        self.prefix = folder / "prefix"
        self.prefix.mkdir()
        self.bin = self.prefix / "bin"
        self.environment = environment
        self.prepare()

    def prepare(self):
        pass

    def close(self):
        pass

    def package(self, pattern):
        found = sorted(self.packages.glob(pattern))
        if not found:
            raise Skip(f"{self.packages} has no {pattern}")
        return found[-1]

    def run(self, *command, **variables):
        environment = {**self.environment, **{name: str(value) for name, value in variables.items()}}
        done = subprocess.run(
            [str(word) for word in command], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800,
        )
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
        return done.stdout

    def command(self, words):
        """The command line that runs an installed program."""
        return [str(self.bin / words[0]), *words[1:]]

    def files(self):
        """All files of the installation and their sizes."""
        found = (path for path in self.prefix.rglob("*") if path.is_file() and not path.is_symlink())
        return {str(path.relative_to(self.prefix)): path.stat().st_size for path in found}

    def leftovers(self):
        return [name for name in self.files() if not re.search(self.records, name)]


class Archive(Channel):
    def compressed(self):
        return [self.package("persistproc-*-*-*.tar.gz")]

    def install(self, _upgrade):
        self.run("sh", INSTALLER, "--prefix", self.prefix, "--from", self.packages)

    def uninstall(self):
        self.run("sh", INSTALLER, "--prefix", self.prefix, "--uninstall")


class Npm(Channel):
    """Installs from a registry of its own, which has two versions. Scripts are off."""

    def prepare(self):
        self.registry = Registry(self.compressed())
        self.manager()

    def close(self):
        self.registry.close()

    def compressed(self):
        return [self.package("persistproc-[0-9]*.tgz"), self.package("persistproc-*-*.tgz")]

    def manager(self):
        pass

    def version(self, upgrade):
        return f"persistproc@{self.registry.versions[1 if upgrade else 0]}"

    def options(self):
        return ("--ignore-scripts", f"--registry={self.registry.url}", f"--cache={self.folder}/cache")

    def install(self, upgrade):
        self.run("npm", "install", "--global", f"--prefix={self.prefix}", *self.options(), self.version(upgrade))

    def uninstall(self):
        self.run("npm", "uninstall", "--global", f"--prefix={self.prefix}", *self.options(), "persistproc")

    def direct(self):
        """The executable behind the launcher."""
        return next(self.prefix.rglob("@persistproc/*/bin/pp"))


class Pnpm(Npm):
    records = r"/(pnpm-lock\.yaml|package\.json|\.modules\.yaml|lock\.yaml|\.pnpm-workspace-state.*)$|^store/|^state/"

    def manager(self):
        self.program = fetch_npm("pnpm@10") / "node_modules/.bin/pnpm"

    def pnpm(self, *words):
        home = self.prefix / "home"
        self.run(
            self.program, *words, "--global",
            npm_config_ignore_scripts="true", npm_config_registry=self.registry.url,
            npm_config_store_dir=self.folder / "store", PNPM_HOME=home,
            # Otherwise pnpm keeps files of removed packages for a week.
            npm_config_modules_cache_max_age=0, PATH=f"{home}:{home}/bin:{self.environment['PATH']}",
            XDG_STATE_HOME=self.folder / "state", XDG_CACHE_HOME=self.folder / "cache",
        )

    def install(self, upgrade):
        self.pnpm("add", self.version(upgrade))
        self.bin = next(self.prefix.rglob("pp")).parent
        for found in self.prefix.rglob("pp"):
            if found.parent in (self.prefix / "home", self.prefix / "home/bin"):
                self.bin = found.parent

    def uninstall(self):
        self.pnpm("remove", "persistproc")


class Bun(Npm):
    records = r"(^|/)(bun\.lock.*|package\.json)$"

    def manager(self):
        cpu = {"x86_64": "x64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
        name = f"@oven/bun-{platform.system().lower()}-{cpu}"
        self.program = fetch_npm(name) / "node_modules" / name / "bin/bun"

    def bun(self, *words):
        self.run(
            self.program, *words, "--global", "--ignore-scripts", f"--registry={self.registry.url}",
            f"--cache-dir={self.folder}/cache", BUN_INSTALL=self.prefix,
        )

    def install(self, upgrade):
        self.bun("add", self.version(upgrade))

    def uninstall(self):
        self.bun("remove", "persistproc")


class Pip(Channel):
    def prepare(self):
        # Made before the clock starts: pip installs into an environment that exists.
        self.run(sys.executable, "-m", "venv", self.prefix)
        self.before = set(super().files())

    def compressed(self):
        return [self.package("persistproc-*.whl")]

    def files(self):
        return {name: size for name, size in super().files().items() if name not in self.before}

    def install(self, upgrade):
        again = ["--force-reinstall"] if upgrade else []
        self.run(
            self.bin / "pip", "install", "--no-index", "--no-cache-dir", "--find-links", self.packages,
            *again, "persistproc",
        )

    def uninstall(self):
        self.run(self.bin / "pip", "uninstall", "--yes", "persistproc")

    # pip compiles modules of its own when it runs.
    records = r"\.pyc$"


class Uv(Channel):
    records = r"/(\.lock|\.gitignore|CACHEDIR\.TAG)$|^tools/\.(lock|gitignore|tmp)"

    def prepare(self):
        self.program = shutil.which("uv") or fetch_python("uv") / "bin/uv"

    def compressed(self):
        return [self.package("persistproc-*.whl")]

    def uv(self, *words):
        self.run(
            self.program, "tool", *words, UV_TOOL_DIR=self.prefix / "tools", UV_TOOL_BIN_DIR=self.bin,
            UV_CACHE_DIR=self.folder / "cache", UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never",
        )

    def install(self, upgrade):
        again = ["--reinstall"] if upgrade else []
        self.uv("install", "--no-index", "--find-links", self.packages, *again, "persistproc")

    def uninstall(self):
        self.uv("uninstall", "persistproc")


class Deb(Channel):
    """Installs into an overlay of this machine's root. `run` has a mount namespace of its own."""

    def prepare(self):
        if os.geteuid() != 0 or not shutil.which("dpkg"):
            raise Skip("dpkg needs root")
        self.bin = Path("/usr/bin")
        shutil.copy(self.compressed()[0], self.folder / "package.deb")
        overlay = self.folder / "overlay"
        self.changes = overlay / "upper"
        self.root = self.folder / "root"
        overlay.mkdir()
        self.root.mkdir()
        self.mounts = []
        # In memory, because the upper folder of an overlay cannot be in another overlay.
        self.mount("-t", "tmpfs", "tmpfs", overlay)
        self.changes.mkdir()
        (overlay / "work").mkdir()
        layers = f"lowerdir=/,upperdir={self.changes},workdir={overlay}/work"
        self.mount("-t", "overlay", "overlay", "-o", layers, self.root)
        self.mount("-t", "proc", "proc", self.root / "proc")
        # Devices of its own: a mount of /dev could be deleted together with this folder.
        for name, minor in (("null", 3), ("zero", 5), ("urandom", 9)):
            device = self.root / "dev" / name
            if not device.exists():
                os.mknod(device, 0o20666, os.makedev(1, minor))
                device.chmod(0o666)

    def mount(self, *words):
        if subprocess.run(["mount", *map(str, words)], capture_output=True).returncode != 0:
            self.close()
            raise Skip(f"`mount {' '.join(map(str, words))}` is not permitted")
        self.mounts.append(words[-1])

    def close(self):
        while self.mounts:
            subprocess.run(["umount", str(self.mounts.pop())], check=True)

    def compressed(self):
        return [self.package("persistproc_*.deb")]

    def command(self, words):
        return ["chroot", str(self.root), str(self.bin / words[0]), *words[1:]]

    def files(self):
        found = (path for path in self.changes.rglob("*") if path.is_file() and not path.is_symlink())
        sizes = {str(path.relative_to(self.changes)): path.stat().st_size for path in found}
        return {name: size for name, size in sizes.items() if not re.search(self.records, name)}

    # What dpkg writes for itself, and the files of the processes.
    records = r"^(var/(lib|log|cache|backups)|tmp|root|etc/alternatives)/"

    def install(self, _upgrade):
        self.run("chroot", self.root, "dpkg", "--install", self.folder / "package.deb")

    def uninstall(self):
        self.run("chroot", self.root, "dpkg", "--purge", "persistproc")
        if (self.root / "usr/bin/pp").is_symlink():
            raise AssertionError("the alternative /usr/bin/pp is still there")


class Cargo(Channel):
    limit = 1800.0
    # A crate of its own.
    has_plugin = False
    records = r"^\.crates2?\.(toml|json)$"

    def compressed(self):
        return [self.package("persistproc-[0-9]*.crate")]

    def cargo(self, *words):
        home = Path.home()
        self.run(
            "cargo", *words, "--root", self.prefix,
            CARGO_HOME=os.environ.get("CARGO_HOME", home / ".cargo"),
            RUSTUP_HOME=os.environ.get("RUSTUP_HOME", home / ".rustup"),
            CARGO_TARGET_DIR=os.environ.get("CARGO_TARGET_DIR", ROOT / "target"),
            PATH=f"{self.environment['PATH']}:{Path(shutil.which('cargo')).parent}",
        )

    def install(self, upgrade):
        again = ["--force"] if upgrade else []
        profile = "dev" if os.environ.get("PERSISTPROC_TEST_PROFILE") == "dev" else "release"
        self.cargo("install", "--locked", "--quiet", "--profile", profile, "--path", ROOT / "cli", *again)

    def uninstall(self):
        self.cargo("uninstall", "--quiet", "persistproc")


# The npm managers and the PyPI managers install the same packages.
CHANNELS = {
    "archive": {"archive": Archive},
    "npm": {"npm": Npm, "pnpm": Pnpm, "bun": Bun},
    "pypi": {"pip": Pip, "uv": Uv},
    "deb": {"deb": Deb},
    "cargo": {"cargo": Cargo},
}


class Registry:
    """A registry of npm with the given packages, and each of them again as a newer version."""

    def __init__(self, archives):
        self.documents = {}
        self.tarballs = {}
        for archive in archives:
            manifest = self.add(archive.read_bytes())
            major, minor, patch = manifest["version"].split(".")
            newer = f"{major}.{minor}.{int(patch) + 1}"
            self.add(as_version(archive, newer))
            self.versions = (manifest["version"], newer)
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                registry.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def add(self, data):
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            manifest = json.load(archive.extractfile("package/package.json"))
        name, version = manifest["name"], manifest["version"]
        path = f"/{name}/-/{version}.tgz"
        self.tarballs[path] = data
        document = self.documents.setdefault(name, {"name": name, "versions": {}, "dist-tags": {}})
        document["versions"][version] = {**manifest, "dist": {"tarball": path}}
        document["dist-tags"]["latest"] = version
        return manifest

    def answer(self, request):
        path = unquote(request.path)
        body = self.tarballs.get(path)
        document = self.documents.get(path[1:])
        if document:
            text = json.dumps(document).replace('"tarball": "/', f'"tarball": "{self.url}')
            body = text.encode()
        request.send_response(200 if body else 404)
        request.send_header("Content-Type", "application/json" if document else "application/octet-stream")
        request.send_header("Content-Length", str(len(body or b"")))
        request.end_headers()
        request.wfile.write(body or b"")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def as_version(path, version):
    """The same package with another version."""
    out = io.BytesIO()
    with tarfile.open(path) as old, tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as new:
        for entry in old:
            data = old.extractfile(entry).read()
            if entry.name == "package/package.json":
                manifest = json.loads(data)
                own = manifest["version"]
                manifest["version"] = version
                optional = manifest.get("optionalDependencies", {})
                manifest.update(optionalDependencies={name: version for name in optional if optional[name] == own})
                data = json.dumps(manifest).encode()
                entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def tools():
    folder = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "test-tools/packages"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch_npm(name):
    """Installs a package manager from npm, once."""
    folder = tools() / name.replace("/", "-")
    if not folder.is_dir():
        words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), name]
        if subprocess.run(words, capture_output=True).returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise Skip(f"{name} could not be installed from npm")
    return folder


def fetch_python(name):
    folder = tools() / name
    if not folder.is_dir():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        if subprocess.run([str(folder / "bin/pip"), "install", "--quiet", name]).returncode != 0:
            shutil.rmtree(folder)
            raise Skip(f"{name} could not be installed from PyPI")
    return folder
