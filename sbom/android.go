package sbom

import (
	"slices"
	"strings"
)

// Names of the properties of Android apps and APEXes. Those that may stand more
// than once say so.
const (
	AndroidPackage         = "originbom:android:package"
	AndroidVersionCode     = "originbom:android:version-code"
	AndroidMinSDK          = "originbom:android:min-sdk"
	AndroidTargetSDK       = "originbom:android:target-sdk"
	AndroidPartition       = "originbom:android:partition"        // of Android's own layout, such as product
	AndroidPrivileged      = "originbom:android:privileged"       // true or false
	AndroidSharedUserID    = "originbom:android:shared-user-id"   // the user it shares with other apps
	AndroidPermission      = "originbom:android:permission"       // one each that it asks for
	AndroidSignature       = "originbom:android:signature"        // SignatureVerified, SignatureNotVerified or SignatureNone
	AndroidSignatureScheme = "originbom:android:signature-scheme" // one each that verifies: v1, v2, v3, v3.1
	AndroidSignerSHA256    = "originbom:android:signer:sha256"    // one each, of the certificate, in lower-case hex
	AndroidSignerSubject   = "originbom:android:signer:subject"   // one each
)

// Values of AndroidSignature.
const (
	SignatureVerified    = "verified"     // every version that the app is for accepts it
	SignatureNotVerified = "not-verified" // there is one, and some of them do not
	SignatureNone        = "unsigned"
)

// FirmwareFact is how the names of properties begin that tell trust facts of
// firmware; see package firmware.
const FirmwareFact = "originbom:firmware:"

// androidPartitions are the partitions of Android's layout (source.android.com,
// "Partitions overview"), and those of makers in use.
var androidPartitions = []string{
	"boot", "cust", "init_boot", "my_bigball", "my_carrier", "my_company", "my_engineering", "my_heytap", "my_manifest",
	"my_preload", "my_product", "my_region", "my_stock", "odm", "odm_dlkm", "oem", "product", "recovery", "system",
	"system_dlkm", "system_ext", "system_other", "vendor", "vendor_boot", "vendor_dlkm", "vendor_kernel_boot",
}

// SplitAndroidPath says on which of Android's partitions a file of an image or
// dump lies, by its path, and where on it: system/system/product/app/A.apk is
// app/A.apk on product, boot/ramdisk/init.rc is init.rc on boot. The partition
// is "" where the path does not tell: the folder is then that of one partition,
// whose name the caller knows.
func SplitAndroidPath(p string) (partition, rest string) {
	segs := strings.Split(p, "/")
	for len(segs) > 1 && slices.Contains(androidPartitions, segs[0]) {
		partition, segs = segs[0], segs[1:]
	}
	if partition != "" && len(segs) > 1 && (segs[0] == "ramdisk" || segs[0] == "first_stage_ramdisk") {
		segs = segs[1:]
	}
	return partition, strings.Join(segs, "/")
}

// Names of the properties of signed firmware of other processors (secure world,
// modem, GPU). Those that may stand more than once say so.
const (
	BlobFormat        = FirmwareFact + "format"
	BlobVariant       = FirmwareFact + "image-variant"       // IMAGE_VARIANT_STRING
	BlobMakerVersion  = FirmwareFact + "oem-version"         // OEM_IMAGE_VERSION_STRING
	BlobHashes        = FirmwareFact + "hash-match"          // true or false: whether its segments are what its hashes say
	BlobSignature     = FirmwareFact + "signature"           // verified, not-verified, not-checked or unsigned
	BlobSignerSHA256  = FirmwareFact + "signer:sha256"       // one each, of the signer's certificate, in lower-case hex
	BlobSignerSubject = FirmwareFact + "signer:subject"      // one each
	BlobRootSHA256    = FirmwareFact + "signer:root-sha256"  // one each, of the last certificate of a chain whose links verify
	BlobRootSubject   = FirmwareFact + "signer:root-subject" // one each, of that certificate
	// BlobID is followed by sw-id, hw-id, soc-vers, oem-id, model-id or rollback:
	// what a signature binds the image to, one each.
	BlobID = FirmwareFact
)

// TreeFirmware is a property of a physical part: the file of firmware that its
// device tree says it runs, one each.
const TreeFirmware = "originbom:devicetree:firmware"
