#!/bin/sh
# live-dump.sh: write a dump of a running phone to standard output.
#
#   live-dump.sh adb [SERIAL] > phone.live.tar      Android, over adb
#   live-dump.sh ssh USER@HOST > phone.live.tar     a Linux phone, over ssh
#   live-dump.sh local > phone.live.tar             this machine
#
# It reads and changes nothing but one temporary folder on the phone, which it
# removes. Without root, Android shows neither the device tree nor most of sysfs.
# The format is told in live-dump.md.
set -eu

collector() {
	cat <<'COLLECTOR'
set -u
root=${LIVE_DUMP_ROOT:-}
tmp=
for d in /data/local/tmp /tmp; do
	if [ -d "$d" ] && [ -w "$d" ]; then tmp=$d/originbom-live.$$; break; fi
done
[ -n "$tmp" ] || { echo "live-dump: no folder to write in" >&2; exit 1; }
out=$tmp/originbom-live
trap 'rm -rf "$tmp"' EXIT
umask 077
mkdir -p "$out" || exit 1

# attr NAME FILE: the first line of an attribute as NAME=VALUE.
attr() {
	v=
	[ -r "$2" ] && IFS= read -r v <"$2" 2>/dev/null
	[ -n "$v" ] && echo "$1=$v"
	return 0
}
# link NAME FILE: where a link leads, as NAME=PATH.
link() {
	v=$(readlink -f "$2" 2>/dev/null) || v=
	[ -n "$v" ] && echo "$1=${v#"$root"}"
	return 0
}

echo 1 >"$out/version"
if [ -n "$root" ]; then
	cat "$root/getprop" 2>/dev/null >"$out/getprop"
elif command -v getprop >/dev/null 2>&1; then
	getprop >"$out/getprop"
fi
cat "$root/proc/cmdline" 2>/dev/null >"$out/cmdline"

{
	for bus in i2c spi usb mmc platform spmi soundwire slimbus sdio mipi-dsi serial; do
		for d in "$root/sys/bus/$bus/devices"/*; do
			[ -e "$d" ] || continue
			full=$(readlink -f "$d") || continue
			echo "device=${full#"$root"}"
			echo "bus=$bus"
			drv=$(readlink "$d/driver" 2>/dev/null) && echo "driver=${drv##*/}"
			link of_node "$d/of_node"
			attr modalias "$d/modalias"
			attr vid "$d/idVendor"
			attr pid "$d/idProduct"
			echo
		done
	done
	if [ -d "$root/sys/devices/soc0" ]; then
		echo "soc=/sys/devices/soc0"
		for a in machine family soc_id revision; do attr $a "$root/sys/devices/soc0/$a"; done
		echo
	fi
	for d in "$root/sys/class/power_supply"/*; do
		[ -e "$d" ] || continue
		full=$(readlink -f "$d")
		echo "supply=${full#"$root"}"
		for a in type technology present; do attr $a "$d/$a"; done
		echo
	done
	for d in "$root/sys/block"/sd? "$root/sys/block"/mmcblk?; do
		[ -e "$d/device" ] || continue
		full=$(readlink -f "$d")
		echo "block=${full#"$root"}"
		attr vendor "$d/device/vendor"
		attr model "$d/device/model"
		attr model "$d/device/name"
		attr removable "$d/removable"
		up=$(readlink -f "$d/device")
		while [ -n "$up" ] && [ "$up" != "$root" ] && [ "$up" != "$root/sys/devices" ] && [ "$up" != / ]; do
			if [ -e "$up/of_node" ]; then link of_node "$up/of_node"; break; fi
			up=${up%/*}
		done
		echo
	done
	for class in drm input; do
		for d in "$root/sys/class/$class"/*; do
			[ -e "$d" ] || continue
			full=$(readlink -f "$d")
			echo "$class=${full#"$root"}"
			attr name "$d/name"
			attr status "$d/status"
			link of_node "$d/device/of_node"
			echo
		done
	done
} >"$out/sysfs"

tree=
for d in "$root/sys/firmware/devicetree/base" "$root/proc/device-tree"; do
	if [ -r "$d/compatible" ]; then tree=$d; break; fi
done
if [ -n "$tree" ]; then
	cp -R "$tree/." "$out/device-tree" 2>/dev/null
else
	echo "live-dump: the device tree cannot be read: run as root" >&2
fi
# version goes first: it is how a dump is known.
set -- version
for f in getprop cmdline sysfs device-tree; do
	[ -e "$out/$f" ] && set -- "$@" "$f"
done
cd "$tmp" || exit 1
for f; do shift; set -- "$@" "originbom-live/$f"; done
tar -cf - "$@"
COLLECTOR
}

case ${1:-} in
adb)
	if [ $# -gt 1 ]; then export ANDROID_SERIAL="$2"; fi
	file=$(mktemp)
	trap 'rm -f "$file"' EXIT
	collector >"$file"
	on=/data/local/tmp/originbom-live.sh
	adb push "$file" $on >&2
	if adb shell su -c true >/dev/null 2>&1; then
		adb exec-out su -c "sh $on 2>/dev/null"
	else
		adb exec-out "sh $on 2>/dev/null"
	fi
	adb shell rm -f $on
	;;
ssh)
	collector | ssh "${2:?live-dump.sh ssh USER@HOST}" 'if [ "$(id -u)" = 0 ]; then sh -s; elif command -v sudo >/dev/null; then sudo -n sh -s; else sh -s; fi'
	;;
local)
	collector | sh -s
	;;
*)
	sed -n '2,11s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac
