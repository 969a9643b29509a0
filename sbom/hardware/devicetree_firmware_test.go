package hardware

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
)

func firmwareOf(r sbom.Reading) map[string][]string {
	out := map[string][]string{}
	for _, c := range r.Components {
		for _, p := range c.Properties {
			if p.Name == sbom.TreeFirmware {
				out[string(c.Category)] = append(out[string(c.Category)], p.Value)
			}
		}
	}
	return out
}

// TestFirmwareNames: firmware belongs to the part whose node names it, to the SoC
// if the node is a block of it, and to nobody where the tree does not tell.
func TestFirmwareNames(t *testing.T) {
	const soc = `soc { compatible = "simple-bus"; gpu@5000 { compatible = "qcom,adreno"; zap-shader { firmware-name = "qcom/em15/a630_zap.mbn"; }; };
		remoteproc@6000 { compatible = "qcom,sdm000-mss-pil"; firmware-name = "qcom/em15/mba.mbn", "qcom/em15/modem.mbn"; };
		remoteproc@7000 { compatible = "qcom,sdm000-adsp-pas"; status = "disabled"; firmware-name = "qcom/em15/adsp.mbn"; };
		dsp@8000 { compatible = "other,dsp"; firmware-name = "other.bin"; };
		i2c@40 { compatible = "qcom,geni-i2c"; #address-cells = <1>;
			touchscreen@38 { compatible = "focaltech,ft5426"; reg = <0x38>; firmware-name = "ft5426.bin"; };
			thing@39 { firmware-name = "thing.bin"; }; }; };`
	want := map[string][]string{
		"soc": {"qcom/em15/a630_zap.mbn"}, "modem": {"qcom/em15/mba.mbn", "qcom/em15/modem.mbn"}, "touch": {"ft5426.bin"},
	}
	got := firmwareOf(readTree(t, phoneTree(soc)))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	// Of two trees only what both say is kept.
	second := strings.ReplaceAll(soc, "em15/modem", "em15-b/modem")
	r, err := ReadDeviceTree("two.dtb", append(fdttest.Compile(t, phoneTree(soc)), fdttest.Compile(t, phoneTree(second))...))
	if err != nil {
		t.Fatal(err)
	}
	want["modem"] = want["modem"][:1]
	if d := cmp.Diff(want, firmwareOf(r)); d != "" {
		t.Error(d)
	}
}
