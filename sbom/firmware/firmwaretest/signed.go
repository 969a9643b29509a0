package firmwaretest

import (
	"fmt"

	"github.com/originbom/originbom/sbom/internal/apktest"
	"github.com/originbom/originbom/sbom/internal/mbntest"
)

// Processor writes a signed image of a Qualcomm processor with a header of that
// version, 3, 5, 6 or 7, whose only code is the name of its build. Its key is made
// anew, for software 9.
func Processor(version int, build string) ([]byte, error) {
	scheme := mbntest.Mixed
	if version >= 6 {
		scheme = mbntest.ECDSA
	}
	key, err := mbntest.NewKey(scheme, 9, 0x0014a0e100420007)
	if err != nil {
		return nil, err
	}
	segments := [][]byte{[]byte("QC_IMAGE_VERSION_STRING=" + build + "\x00")}
	return mbntest.Image{Version: version, Key: key, Segments: segments}.Bytes(), nil
}

// Module writes version 13 of an APEX around a file system image: sealed with
// [Key], and signed as an APK is with a key that is made anew.
func Module(name string, image []byte) ([]byte, error) {
	if len(name) > 127 {
		return nil, fmt.Errorf("a name of %d bytes, more than 127", len(name))
	}
	signer, err := apktest.NewKey("module")
	if err != nil {
		return nil, err
	}
	image, seal := pad(image, 4096), Key()
	manifest := append(text(1, []byte(name)), append(number(2, 13), text(5, []byte("13"))...)...)
	return apktest.App{Package: name, MinSDK: 30, Files: map[string]string{
		"apex_manifest.pb": string(manifest),
		"apex_payload.img": string(Footer(image, VBMeta(seal, 0, 0, TreeDescriptor("", image)), len(image)+64<<10)),
		"apex_pubkey":      string(PublicKey(seal)),
	}}.Signed(signer), nil
}
