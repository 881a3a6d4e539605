"""The files of `deploy/` are read by the programs they are for, and agree with the house."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from civic.app import create_app
from civic.config import Config
from civic.core.assets import find_root, fingerprint, hashed_name
from civic.core.database import POSTGRES_LIMITS
from civic.core.security import (
    CONTENT_SECURITY_POLICY,
    HEADERS,
    LARGEST_UPLOAD,
    MEBIBYTE,
)
from tests.cluster import nginx
from tests.cluster.nginx import DEPLOY, ROOT
from tests.machine import ensure_program

HEADER = re.compile(r'^add_header (\S+) "([^"]*)" always;$', re.MULTILINE)


@pytest.fixture(scope="module")
def public(tmp_path_factory) -> Path:
    return nginx.publish(tmp_path_factory.mktemp("public") / "public")


# -- nginx ----------------------------------------------------------------------------------------


def test_nginx_takes_the_files(public, tmp_path):
    shutil.copytree(public, tmp_path / "public")
    assert nginx.check(nginx.lay_out(tmp_path, 5719, ["127.0.0.1:5718"])) == ""


def test_nginx_takes_the_servers_with_their_certificate(public, tmp_path):
    """The file that tests for plain http leave out: with a certificate made here."""
    shutil.copytree(public, tmp_path / "public")
    main = nginx.lay_out(tmp_path, 5719, ["127.0.0.1:5718"])
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=x"
    subprocess.run(
        ["openssl", *words.split(), "-keyout", key, "-out", certificate],
        capture_output=True,
        check=True,
    )
    servers = main.parent / "civic.conf"
    shutil.copyfile(DEPLOY / "nginx/civic.conf", servers)
    folder = "/etc/letsencrypt/live/beteiligung.example.org"
    nginx.change(servers, f"{folder}/fullchain.pem", str(certificate))
    nginx.change(servers, f"{folder}/privkey.pem", str(key))
    assert nginx.check(main) == ""


def test_nginx_gives_the_headers_of_the_house():
    found = dict(HEADER.findall((DEPLOY / "nginx/civic/headers.conf").read_text()))
    assert found == HEADERS


UPLOADS = re.compile(r"^location ~ (\^\S+) \{\n +client_max_body_size (\d+)m;$", re.MULTILINE)


def test_nginx_lets_files_pass_where_the_house_takes_them_and_nowhere_else():
    app = create_app(Config(instance_path=Path("/nowhere"), testing=True, secret_key="x"))
    [(pattern, megabytes)] = UPLOADS.findall((DEPLOY / "nginx/civic/site.conf").read_text())
    assert int(megabytes) * MEBIBYTE > LARGEST_UPLOAD
    assert f"client_max_body_size {megabytes}m;" in (DEPLOY / "nginx/civic/door.conf").read_text()
    takers = set()
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        takes_files = getattr(view, "takes_files", False) and "POST" in rule.methods
        address = re.sub(r"<(int:)?id>", "7", rule.rule)
        assert bool(re.match(pattern, address)) == takes_files, rule.rule
        takers |= {rule.endpoint} if takes_files else set()
    assert "attachments.index" in takers


def test_published_files_have_the_addresses_of_the_house(public):
    root = find_root() / "static"
    for name in ("build/civic.css", "vendor/kern/kern.min.css", "js/civic.js"):
        content = (root / name).read_bytes()
        there = public / "static" / hashed_name(name, fingerprint(content))
        assert there.read_bytes() == content
        assert gzip.decompress(there.with_name(f"{there.name}.gz").read_bytes()) == content


def test_published_pages_need_nothing_inline(public):
    """They stand under the policy of the house, and name files that are there."""
    assert "unsafe-inline" not in CONTENT_SECURITY_POLICY
    pages = sorted((public / "_civic").glob("*.html"))
    assert len(pages) == 6
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text), page.name
        assert "$" not in text, page.name
        assert 'lang="de"' in text
        assert 'lang="en"' in text
        for name in re.findall(r'(?:href|src)="/static/([^"]+)"', text):
            assert (public / "static" / name).is_file(), name


def test_nginx_may_read_what_was_published_by_a_service_that_hides_its_files(tmp_path):
    before = os.umask(0o077)
    try:
        folder = nginx.publish(tmp_path / "public")
    finally:
        os.umask(before)
    closed = [path for path in folder.rglob("*") if not path.stat().st_mode & 0o004]
    assert closed == []
    assert all(path.stat().st_mode & 0o001 for path in folder.rglob("*") if path.is_dir())


def test_publishing_again_leaves_what_is_there(public):
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    nginx.publish(public)
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


# -- gunicorn, systemd, settings ------------------------------------------------------------------


def test_gunicorn_takes_its_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CIVIC_INSTANCE_PATH", str(tmp_path))
    command = [sys.executable, "-m", "gunicorn", "--check-config", "-c"]
    done = subprocess.run(
        [*command, str(DEPLOY / "gunicorn.conf.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_gunicorn_is_patient_and_safe_as_measured():
    spec = importlib.util.spec_from_file_location("conf", DEPLOY / "gunicorn.conf.py")
    assert spec
    assert spec.loader
    conf = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conf)
    assert (conf.worker_class, conf.worker_tmp_dir) == ("gthread", "/dev/shm")  # noqa: S108
    assert (conf.max_requests, conf.max_requests_jitter) == (2000, 200)
    assert conf.graceful_timeout == 30
    assert conf.accesslog is None


def test_systemd_takes_the_units(tmp_path):
    """With the programs they name in place of those that a machine of ours would have."""
    verify = shutil.which("systemd-analyze")
    units = sorted((DEPLOY / "systemd").iterdir())
    assert {unit.suffix for unit in units} == {".service", ".socket", ".timer"}
    copies = []
    for unit in units:
        copy = tmp_path / unit.name
        copy.write_text(re.sub(r"/opt/civic/\S+", "/bin/true", unit.read_text()))
        copies.append(str(copy))
    if verify is None:  # no systemd here: what the units must say is read below
        return
    done = subprocess.run([verify, "verify", *copies], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "civic-" in line]
    assert said == []


@pytest.mark.parametrize("name", ["web@", "worker@", "migrate", "backup"])
def test_every_service_is_locked_in(name):
    text = (DEPLOY / f"systemd/civic-{name}.service").read_text()
    for word in ("User=civic", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes",
                 "CapabilityBoundingSet=\n", "SystemCallFilter=@system-service"):  # fmt: skip
        assert word in text, word


def test_the_example_of_the_settings_is_read_once_it_is_filled_in(tmp_path):
    """Every name in it is known, commented out or not."""
    lines = (DEPLOY / "civic.env.example").read_text().splitlines()
    settings = dict(re.findall(r'^#?([A-Z_]+)="?([^"\n]*)"?$', "\n".join(lines), re.MULTILINE))
    settings["CIVIC_SECRET_KEY"] = "qzJ8vYw3-Rk1sN6tBx0uHc5mLd9eGf2aKp7iQoWb4Xj"
    settings["CIVIC_METRICS_TOKEN"] = "k3Vb9Qw2Zx7Lm4Tn8Rp1"
    config = Config.from_env(settings)
    assert config.is_production
    assert config.trusted_proxies == 1
    assert config.database_url
    assert config.replica_url


@pytest.mark.parametrize("name", ["backup.sh", "restore.sh", "nginx/compose.sh"])
def test_scripts_are_read_by_a_plain_shell(name):
    path = DEPLOY / name
    assert subprocess.run(["/bin/sh", "-n", path], check=False).returncode == 0
    assert "set -eu" in path.read_text()
    assert name.startswith("nginx/") or path.stat().st_mode & 0o111


def test_the_scripts_call_commands_that_there_are():
    """The options that they name, as the console script knows them."""
    for command, words in {
        "backup": ("--to", "--keep", "--verify"),
        "restore": ("--overwrite",),
    }.items():
        done = subprocess.run(
            [sys.executable, "-c", "from civic.app import main; main()", command, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for word in words:
            assert word in done.stdout, word


# -- the rest -------------------------------------------------------------------------------------


def test_compose_names_services_volumes_and_settings_that_exist():
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = found["services"]
    assert {"postgres", "redis", "migrate", "web-1", "web-2", "worker", "nginx"} <= services.keys()
    for name, service in services.items():
        for other in service.get("depends_on") or {}:
            assert other in services, f"{name} waits for {other}"
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in found["volumes"] or (DEPLOY / source).exists(), volume
    settings = {k: str(v) for k, v in services["web-1"]["environment"].items()}
    known = {name for name in settings if name.startswith("CIVIC_")}
    assert known <= {f"CIVIC_{name.upper()}" for name in Config.__dataclass_fields__}
    context = (DEPLOY / services["web-1"]["build"]["context"]).resolve()
    assert (context / services["web-1"]["build"]["dockerfile"]).is_file()


def test_pgbouncer_sets_the_time_outs_of_the_house():
    text = (DEPLOY / "pgbouncer.ini").read_text()
    found = {name: int(value) for name, value in re.findall(r"SET (\w+) = (\d+)", text)}
    assert found == POSTGRES_LIMITS
    assert "pool_mode = transaction" in text


def test_haproxy_takes_its_file():
    command = [str(ensure_program("haproxy")), "-c", "-f", str(DEPLOY / "ha/haproxy.cfg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_patroni_loses_nothing():
    """The values that the trial in reference/security.md reached its figures with."""
    found = yaml.safe_load((DEPLOY / "ha/patroni.yml").read_text())
    shared = found["bootstrap"]["dcs"]
    assert shared["synchronous_mode"] is True
    assert shared["synchronous_mode_strict"] is True
    assert shared["maximum_lag_on_failover"] == 0
    assert shared["ttl"] >= shared["loop_wait"] + 2 * shared["retry_timeout"]
    assert json.dumps(found["etcd3"]["hosts"]).count(":2379") == 3
