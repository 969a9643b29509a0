#!/bin/sh
# Makes the small file system images beside this script, of files that it makes
# itself, with Debian's erofs-utils, e2fsprogs, squashfs-tools, f2fs-tools and
# android-sdk-libsparse-utils. The images are committed so that tests need no tools.
set -eu
cd "$(dirname "$0")"
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
R=$T/tree
mkdir -p "$R/etc" "$R/app/deep/deeper"
printf 'ro.build.id=EXAMPLE\n' >"$R/build.prop"
i=0; while [ $i -lt 1500 ]; do echo "line $i of a file that compresses well"; i=$((i+1)); done >"$R/app/large.txt"
head -c 6000 "$R/app/large.txt" | openssl enc -aes-128-ctr -K 00 -iv 00 -nosalt >"$R/app/random.bin" 2>/dev/null
cat "$R/app/large.txt" "$R/app/random.bin" >"$R/app/deep/deeper/mixed.bin"
: >"$R/app/empty"
truncate -s 20000 "$R/app/hole"; printf 'end' >>"$R/app/hole"
ln -s /build.prop "$R/etc/absolute"
ln -s ../../../../../build.prop "$R/etc/climbing"
ln -s loop "$R/etc/loop"
ln -s app/deep "$R/link-to-folder"
E="--all-root -T1700000000 -U 00000000-0000-4000-8000-000000000001 --quiet"
mkfs.erofs $E erofs-plain.img "$R"
mkfs.erofs $E -zlz4hc erofs-lz4hc.img "$R"
mkfs.erofs $E -zlz4 -Elegacy-compress erofs-legacy.img "$R"
mkfs.erofs $E -zlz4hc -C16384 -Eztailpacking erofs-tail.img "$R"
mkfs.erofs $E -zlz4hc -C16384 -Efragments,dedupe erofs-fragments.img "$R"
mkfs.erofs $E --chunksize=4096 erofs-chunks.img "$R"
for c in gzip xz lz4 zstd; do mksquashfs "$R" squashfs-$c.img -comp $c -noappend -quiet -no-progress -all-root -mkfs-time 1700000000 -all-time 1700000000 >/dev/null; done
mke2fs -q -t ext4 -O ^has_journal -b 1024 -N 64 -E hash_seed=00000000-0000-4000-8000-000000000006 -U 00000000-0000-4000-8000-000000000006 -d "$R" "$T/ext4.img" 512
mke2fs -q -t ext2 -b 1024 -N 64 -E hash_seed=00000000-0000-4000-8000-000000000006 -U 00000000-0000-4000-8000-000000000006 -d "$R" "$T/ext2.img" 512
truncate -s 64M "$T/f2fs.img"
mkfs.f2fs -q -O extra_attr,inode_checksum -f "$T/f2fs.img" >/dev/null
sload.f2fs -f "$R" -t / "$T/f2fs.img" >/dev/null
for i in ext4 ext2 f2fs; do img2simg "$T/$i.img" "$i.simg" 4096; done
gzip -9nf ext2.simg ext4.simg f2fs.simg
