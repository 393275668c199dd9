#!/bin/sh
# Installs or updates the Sendense appliance on a Debian machine near the hypervisor. Run as root in the directory that holds
# sendense-appliance.mjs and sendense-appliance.service; a program "node" beside them (24 or newer) is taken along.
#   sh install-appliance.sh              installs, or brings a present one up to date
#   sh install-appliance.sh --uninstall  takes program and service away; keys and settings stay
set -eu
program=/opt/sendense-appliance
data=/var/lib/sendense-appliance
unit=/etc/systemd/system/sendense-appliance.service
command=/usr/local/bin/sendense-appliance
user=sendense-appliance
here=$(cd "$(dirname "$0")" && pwd)

fail() { echo "$1" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail 'This needs root: sudo sh install-appliance.sh'
systemd() { if [ -d /run/systemd/system ]; then systemctl "$@"; else echo "No systemd runs here: not done: systemctl $*"; fi; }

if [ "${1:-}" = --uninstall ]; then
  # Also when a part of it is gone already.
  systemd disable --now sendense-appliance || true
  rm -rf "$program" "$unit" "$command"
  systemd daemon-reload || true
  echo "Removed. Keys and settings are kept in $data."
  exit 0
fi
[ $# = 0 ] || fail "Unknown argument: $1"
for file in sendense-appliance.mjs sendense-appliance.service; do
  [ -f "$here/$file" ] || fail "$here/$file is missing: copy the whole directory that the build made."
done

missing=
for pair in nbdkit:nbdkit qemu-nbd:qemu-utils qemu-img:qemu-utils setpriv:util-linux ssh:openssh-client ss:iproute2; do
  command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
  echo "Installing$missing"
  # shellcheck disable=SC2086
  apt-get install -y --no-install-recommends $missing
fi

id "$user" >/dev/null 2>&1 ||
  useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
install -d -m 0755 "$program"
install -d -o "$user" -g "$user" -m 0700 "$data"
install -m 0644 "$here/sendense-appliance.mjs" "$program/sendense-appliance.mjs.new"
mv "$program/sendense-appliance.mjs.new" "$program/sendense-appliance.mjs"
if [ -f "$here/node" ]; then
  install -m 0755 "$here/node" "$program/node.new"
  mv "$program/node.new" "$program/node"
elif [ ! -x "$program/node" ]; then
  node=$(command -v node) || fail 'Node 24 or newer is needed: put its program "node" beside this script.'
  ln -sf "$node" "$program/node"
fi
"$program/node" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' ||
  fail "$program/node is older than Node 24: put a newer \"node\" beside this script."

# The service's user owns keys and settings, so commands run as that user, whoever calls them as root.
cat >"$command" <<END
#!/bin/sh
if [ "\$(id -u)" = 0 ]; then
  exec setpriv --reuid $user --regid $user --init-groups -- $program/node $program/sendense-appliance.mjs "\$@"
fi
exec $program/node $program/sendense-appliance.mjs "\$@"
END
chmod 0755 "$command"

# The service can run before a hub is known: it dials as soon as "enroll" has written one.
if [ ! -f "$data/appliance.json" ]; then
  name=$(hostname | tr -c 'A-Za-z0-9._\n-' '-' | cut -c1-63)
  "$command" init --data "$data" --name "${name:-appliance}" --listen 127.0.0.1 >/dev/null
fi
install -m 0644 "$here/sendense-appliance.service" "$unit"
systemd daemon-reload
systemd enable sendense-appliance
systemd restart sendense-appliance
"$command" version
echo 'Installed. Next: make a pairing code on the hub’s page Appliances, then: sendense-appliance enroll --hub URL'
