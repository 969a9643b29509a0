package firmwaretest

// HandsetBootSize is the size in bytes of the boot partition that HandsetBoot
// writes.
const HandsetBootSize = 16 << 10

// HandsetBoot writes the boot image of the example handset in testdata/handset:
// an arm64 kernel that is no more than its magic number and its version line, no
// ramdisk, the handset's own device tree in the section for it, and a footer whose
// vbmeta holds the digest of it all. The vbmeta is not signed, as on phones whose
// owner builds the system, so the same tree gives the same bytes.
func HandsetBoot(dtb []byte) []byte {
	kernel := append(make([]byte, 0x38), "ARM\x64\x00\x00\x00\x00"...)
	kernel = append(kernel, "Linux version 6.12.0-example (build@os.maker.example) "+
		"(aarch64-linux-gnu-gcc 14.2.0) #1 SMP PREEMPT Mon Sep 7 09:00:00 UTC 2026\n\x00"...)
	image := Boot(kernel, nil, dtb, "console=ttyMSM0 root=/dev/disk/by-partlabel/system ro")
	le.PutUint32(image[44:], 0) // the version of Android, which this system is not
	return Footer(image, VBMeta(nil, 0, 0, HashDescriptor("boot", image)), HandsetBootSize)
}
