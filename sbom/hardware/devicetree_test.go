package hardware

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/originbom/originbom/sbom"
	"github.com/originbom/originbom/sbom/internal/fdt"
	"github.com/originbom/originbom/sbom/internal/fdt/fdttest"
)

// phoneTree wraps nodes in the root of a fictional phone with a known SoC.
func phoneTree(nodes string) string {
	return `/ { model = "Example Phone 15"; compatible = "handset,em-15", "qcom,sdm000"; chassis-type = "handset"; ` + nodes + ` };`
}

// i2cBus wraps nodes in an I2C bus.
func i2cBus(nodes string) string {
	return `soc { compatible = "simple-bus"; i2c@40 { compatible = "qcom,geni-i2c"; #address-cells = <1>; ` + nodes + ` }; };`
}

func busTree(name, nodes string) string {
	return `soc { ` + name + ` { compatible = "example,host"; ` + nodes + ` }; };`
}

func readTree(t *testing.T, source string) sbom.Reading {
	t.Helper()
	r, err := ReadDeviceTree("phone.dtb", fdttest.Compile(t, source))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// partLine writes a component on one line: category, name, [prefix], flags, driver
// IC, and the places where it was found.
func partLine(c sbom.Component) string {
	s := fmt.Sprintf("%s %s [%s]", c.Category, c.Name, c.VendorPrefix)
	if c.Candidate {
		s += " candidate"
	}
	if c.Unidentified {
		s += " unidentified"
	}
	for _, p := range c.Properties {
		if p.Name == "originbom:display:driver-ic" {
			s += " ic=" + p.Value
		}
	}
	for _, e := range c.Found {
		s += " " + e.Place
	}
	return s
}

func TestReadDeviceTreeParts(t *testing.T) {
	soc := "soc SDM000 [qcom] /"
	tests := []struct {
		name, source string
		want         []string // besides the SoC
	}{
		{"nothing but the SoC", phoneTree(``), nil},
		{
			"a chip on a bus", phoneTree(i2cBus(`fuel-gauge@55 { compatible = "ti,bq27411"; };`)),
			[]string{"fuel-gauge BQ27411 [ti] /soc/i2c@40/fuel-gauge@55"},
		},
		{
			"a bus at the root with a name of its own", phoneTree(`i2c-nfc { compatible = "i2c-gpio"; nfc@27 { compatible = "samsung,s3fwrn5-i2c"; }; };`),
			[]string{"nfc S3FWRN5 [samsung] /i2c-nfc/nfc@27"},
		},
		{"pins of the same name are no bus", phoneTree(`pinctrl { i2c0 { i2c0-xfer { compatible = "ti,bq27411"; }; }; };`), nil},
		{
			"a chip's own nodes are no chips", phoneTree(i2cBus(`pmic@34 { compatible = "x-powers,axp000"; usb-power { compatible = "x-powers,axp000-usb"; }; led@0 { compatible = "ti,lm3697"; }; };`)),
			[]string{"pmic AXP000 [x-powers] /soc/i2c@40/pmic@34"},
		},
		{
			"a bus behind a chip", phoneTree(i2cBus(`ec@1 { compatible = "google,cros-ec-i2c"; i2c-tunnel { compatible = "google,cros-ec-i2c-tunnel"; battery@b { compatible = "sbs,sbs-battery"; }; }; };`)),
			[]string{"battery unknown battery [] unidentified /soc/i2c@40/ec@1/i2c-tunnel/battery@b", "other unknown other [] unidentified /soc/i2c@40/ec@1"},
		},
		{
			"a disabled chip is a candidate", phoneTree(i2cBus(`nfc@27 { compatible = "samsung,s3fwrn5-i2c"; status = "disabled"; };`)),
			[]string{"nfc S3FWRN5 [samsung] candidate /soc/i2c@40/nfc@27"},
		},
		{
			"a disabled bus makes candidates", phoneTree(`i2c-tkey { compatible = "i2c-gpio"; status = "disabled"; touchkey@20 { compatible = "coreriver,tc360-touchkey"; }; };`),
			[]string{"touch TC360 [coreriver] candidate /i2c-tkey/touchkey@20"},
		},
		{
			"status okay", phoneTree(i2cBus(`nfc@27 { compatible = "samsung,s3fwrn5-i2c"; status = "okay"; };`)),
			[]string{"nfc S3FWRN5 [samsung] /soc/i2c@40/nfc@27"},
		},
		{"a chip at the root", phoneTree(`flash { compatible = "sgmicro,sgm3140"; };`), []string{"led SGM3140 [sgmicro] /flash"}},
		{"blocks, sound cards and helpers at the root are no chips", phoneTree(`
			smp2p { compatible = "qcom,smp2p"; }; sound { compatible = "qcom,other-sndcard"; }; supply { compatible = "regulator-fixed"; };
			keys { compatible = "gpio-keys"; }; gpu { compatible = "vivante,gc"; }; hdmi { compatible = "linux,spdif-dit"; };
			board { compatible = "handset,board-logic1"; }; clock { compatible = "fixed-clock"; };`), nil},
		{"licensed blocks are no chips", phoneTree(busTree("usb@1", `usb@0 { compatible = "snps,dwc3"; }; x@2 { compatible = "cdns,usb9"; };`)), nil},
		{
			"equal chips at two addresses are two", phoneTree(i2cBus(`speaker-amp@40 { compatible = "cirrus,cs35l41"; }; speaker-amp@41 { compatible = "cirrus,cs35l41"; };`)),
			[]string{"audio CS35L41 [cirrus] /soc/i2c@40/speaker-amp@40", "audio CS35L41 [cirrus] /soc/i2c@40/speaker-amp@41"},
		},
		{
			"a protocol names no part", phoneTree(i2cBus(`touchscreen@20 { compatible = "syna,rmi4-i2c"; rmi4-f01@1 { reg = <1>; }; };`)),
			[]string{"touch unknown touch [syna] unidentified /soc/i2c@40/touchscreen@20"},
		},
		{"a part before its protocol", phoneTree(i2cBus(`nfc@28 { compatible = "nxp,pn547", "nxp,nxp-nci-i2c"; };`)), []string{"nfc PN547 [nxp] /soc/i2c@40/nfc@28"}},
		{"another maker's prefix", phoneTree(i2cBus(`touchscreen@38 { compatible = "edt,edt-ft5406"; };`)), []string{"touch FT5406 [focaltech] /soc/i2c@40/touchscreen@38"}},
		{"a brand's prefix", phoneTree(i2cBus(`embedded-controller@70 { compatible = "lenovo,em15-ec"; };`)), []string{"other unknown other [] unidentified /soc/i2c@40/embedded-controller@70"}},
		{"the node's name tells the category", phoneTree(i2cBus(`light-sensor@10 { compatible = "example,ls100"; };`)), []string{"sensor LS100 [example] /soc/i2c@40/light-sensor@10"}},
		{"a compatible that cannot be read", phoneTree(i2cBus(`x@1 { compatible = [ 61 ]; };`)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkParts(t, readTree(t, tt.source), append([]string{soc}, tt.want...))
		})
	}
}

func checkParts(t *testing.T, r sbom.Reading, want []string) {
	t.Helper()
	var got []string
	for _, c := range r.Components {
		got = append(got, partLine(c))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestReadDeviceTreeMerges(t *testing.T) {
	tests := []struct {
		name, source string
		want         []string // besides the SoC
	}{
		{
			"two functions of one sensor", phoneTree(i2cBus(`accelerometer@10 { compatible = "bosch,bmc150_accel"; }; magnetometer@12 { compatible = "bosch,bmc150_magn"; };`)),
			[]string{"sensor BMC150 [bosch] /soc/i2c@40/accelerometer@10 /soc/i2c@40/magnetometer@12"},
		},
		{
			"two sensors of two functions", phoneTree(i2cBus(`a@10 { compatible = "bosch,bmc150_accel"; }; b@11 { compatible = "bosch,bmc150_accel"; }; c@12 { compatible = "bosch,bmc150_magn"; };`)),
			[]string{"sensor BMC150 [bosch] /soc/i2c@40/a@10 /soc/i2c@40/c@12", "sensor BMC150 [bosch] /soc/i2c@40/b@11"},
		},
		{
			"a candidate joins no fitted part", phoneTree(i2cBus(`a@10 { compatible = "bosch,bmc150_accel"; }; c@12 { compatible = "bosch,bmc150_magn"; status = "disabled"; };`)),
			[]string{"sensor BMC150 [bosch] /soc/i2c@40/a@10", "sensor BMC150 [bosch] candidate /soc/i2c@40/c@12"},
		},
		{
			"a power chip over two buses", phoneTree(`
			i2c-fg { compatible = "i2c-gpio"; fuel-gauge@35 { compatible = "richtek,rt5033-battery"; }; };` + i2cBus(`pmic@34 { compatible = "richtek,rt5033"; };`)),
			[]string{"pmic RT5033 [richtek] /soc/i2c@40/pmic@34 /i2c-fg/fuel-gauge@35"},
		},
		{
			"the interface and the codec", phoneTree(`soc { slim-ngd { slim@1 { #address-cells = <2>; ifd@0,0 { compatible = "slim217,250"; }; codec@1,0 { compatible = "slim217,250"; }; }; }; };`),
			[]string{"audio WCD9340 [qcom] /soc/slim-ngd/slim@1/ifd@0,0 /soc/slim-ngd/slim@1/codec@1,0"},
		},
		{
			"hub and card reader", phoneTree(busTree("usb@1", `hub@1 { compatible = "usb424,2640"; #address-cells = <1>; mass-storage@1 { compatible = "usb424,4041"; }; };`)),
			[]string{"usb USB2640 [microchip] /soc/usb@1/hub@1 /soc/usb@1/hub@1/mass-storage@1"},
		},
		{
			"two kinds of bus", phoneTree(`soc { i2c@1 { compatible = "example,i2c"; codec@57 { compatible = "realtek,rt5514"; }; }; spi@2 { compatible = "example,spi"; codec@0 { compatible = "realtek,rt5514"; }; }; };`),
			[]string{"audio RT5514 [realtek] /soc/i2c@1/codec@57 /soc/spi@2/codec@0"},
		},
		{
			"a codec and its devices", phoneTree(`
			audio-codec { compatible = "qcom,wcd9385-codec"; qcom,rx-device = <1>; qcom,tx-device = <2>; };
			soc { soundwire@1 { compatible = "example,swr"; codec@0,4 { compatible = "sdw20217010d00"; phandle = <1>; }; };
			soundwire@2 { compatible = "example,swr"; codec@0,3 { compatible = "sdw20217010d00"; phandle = <2>; }; }; };`),
			[]string{"audio WCD9385 [qcom] /audio-codec /soc/soundwire@1/codec@0,4 /soc/soundwire@2/codec@0,3"},
		},
		{
			"the two sides of a hub", phoneTree(busTree("usb@1", `hub@1 { compatible = "usbbda,5411"; peer-hub = <2>; phandle = <1>; }; hub@2 { compatible = "usbbda,411"; peer-hub = <1>; phandle = <2>; };`)),
			[]string{"usb RTS5411 [realtek] /soc/usb@1/hub@1 /soc/usb@1/hub@2"},
		},
		{
			"a radio named by its Bluetooth side", phoneTree(`soc { wifi@18800000 { compatible = "qcom,wcn3990-wifi"; }; serial@1 { compatible = "example,uart"; bluetooth { compatible = "qcom,wcn3988-bt"; }; }; };`),
			[]string{"wifi-bt WCN3988 [qcom] /soc/serial@1/bluetooth /soc/wifi@18800000"},
		},
		{
			"the Wi-Fi side alone names no radio", phoneTree(`soc { wifi@18800000 { compatible = "qcom,wcn3990-wifi"; }; };`),
			[]string{"wifi-bt unknown wifi-bt [qcom] unidentified /soc/wifi@18800000"},
		},
		{"a Wi-Fi block that is not driven is no part", phoneTree(`soc { wifi@18800000 { compatible = "qcom,wcn3990-wifi"; status = "disabled"; }; };`), nil},
		{
			"a radio below a remote processor", phoneTree(`soc { remoteproc@a204000 { compatible = "qcom,pronto-v2-pil"; iris { compatible = "qcom,wcn3620"; }; }; };`),
			[]string{"wifi-bt WCN3620 [qcom] /soc/remoteproc@a204000/iris"},
		},
		{
			"a radio that the bus finds", phoneTree(`soc { mmc@1 { compatible = "example,mmc"; wifi@1 { reg = <1>; }; }; serial@1 { compatible = "example,uart"; bluetooth { compatible = "realtek,rtl8723cs-bt"; }; }; };`),
			[]string{"wifi-bt RTL8723CS [realtek] /soc/serial@1/bluetooth /soc/mmc@1/wifi@1"},
		},
		{"a radio that nothing names", phoneTree(busTree("mmc@1", `wifi@1 { reg = <1>; };`)), []string{"wifi-bt unknown wifi-bt [] unidentified /soc/mmc@1/wifi@1"}},
		{
			"Wi-Fi and Bluetooth of one family", phoneTree(`soc { mmc@1 { compatible = "example,mmc"; wifi@1 { compatible = "brcm,bcm4329-fmac"; }; }; serial@1 { compatible = "example,uart"; bluetooth { compatible = "brcm,bcm4345c5"; }; }; };`),
			[]string{"wifi-bt BCM4345C5 [brcm] /soc/serial@1/bluetooth /soc/mmc@1/wifi@1"},
		},
		{
			"two gauges of one name and address on two buses are two", phoneTree(`soc { i2c@1 { compatible = "example,i2c"; g@55 { compatible = "ti,bq27z561"; }; }; i2c@2 { compatible = "example,i2c"; g@55 { compatible = "ti,bq27z561"; }; }; };`),
			[]string{"fuel-gauge BQ27Z561 [ti] /soc/i2c@1/g@55", "fuel-gauge BQ27Z561 [ti] /soc/i2c@2/g@55"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkParts(t, readTree(t, tt.source), append([]string{"soc SDM000 [qcom] /"}, tt.want...))
		})
	}
}

// spmiTree wraps nodes in an SPMI bus, and regulators in a resource manager.
func spmiTree(nodes, regulators string) string {
	return `soc { spmi@c440000 { compatible = "qcom,spmi-pmic-arb"; ` + nodes + ` }; rsc { compatible = "qcom,rpmh-rsc"; ` + regulators + ` }; };`
}

func TestReadDeviceTreePowerChips(t *testing.T) {
	const at = " /soc/spmi@c440000"
	pmic := func(sid int, name, gpio string) string {
		return fmt.Sprintf(`pmic@%x { compatible = "qcom,%s", "qcom,spmi-pmic"; reg = <%d 0>; gpio@8800 { compatible = "qcom,%s-gpio"; }; };`, sid, name, sid, gpio)
	}
	tests := []struct {
		name, source string
		want         []string // besides the SoC
	}{
		{
			"one chip, two addresses, and its supplies", phoneTree(spmiTree(pmic(0, "pm8998", "pm8998")+pmic(1, "pm8998", "pm8998"), `regulators-0 { compatible = "qcom,pm8998-rpmh-regulators"; qcom,pmic-id = "a"; };`)),
			[]string{"pmic PM8998 [qcom]" + at + "/pmic@0 /soc/rsc/regulators-0" + at + "/pmic@1"},
		},
		{
			"one address each", phoneTree(spmiTree(pmic(2, "pm8010", "pm8010")+pmic(3, "pm8010", "pm8010"), ``)),
			[]string{"pmic PM8010 [qcom]" + at + "/pmic@2", "pmic PM8010 [qcom]" + at + "/pmic@3"},
		},
		{
			"addresses that are no pair", phoneTree(spmiTree(pmic(1, "pm8998", "pm8998")+pmic(2, "pm8998", "pm8998"), ``)),
			[]string{"pmic PM8998 [qcom]" + at + "/pmic@1", "pmic PM8998 [qcom]" + at + "/pmic@2"},
		},
		{
			"a chip that only its supplies show", phoneTree(spmiTree(``, `regulators-2 { compatible = "qcom,pm8005-rpmh-regulators"; qcom,pmic-id = "c"; };`)),
			[]string{"pmic PM8005 [qcom] /soc/rsc/regulators-2"},
		},
		{
			"the older resource manager", phoneTree(spmiTree(pmic(0, "pm8916", "pm8916"), `regulators { compatible = "qcom,rpm-pm8916-regulators"; };`)),
			[]string{"pmic PM8916 [qcom]" + at + "/pmic@0 /soc/rsc/regulators"},
		},
		{
			"one name for several chips: the GPIO node names them", phoneTree(spmiTree(pmic(0, "pm8550", "pmk8550")+pmic(2, "pm8550", "pm8550vs")+pmic(3, "pm8550", "pm8550vs"),
				`regulators-1 { compatible = "qcom,pm8550vs-rpmh-regulators"; qcom,pmic-id = "d"; };`)),
			[]string{"pmic PM8550VS [qcom]" + at + "/pmic@2", "pmic PM8550VS [qcom]" + at + "/pmic@3 /soc/rsc/regulators-1", "pmic PMK8550 [qcom]" + at + "/pmic@0"},
		},
		{"elsewhere a GPIO node alone proves nothing", phoneTree(spmiTree(pmic(10, "pm8009", "pm8005"), ``)), []string{"pmic PM8009 [qcom]" + at + "/pmic@a"}},
		{
			"a chip that is not fitted", phoneTree(spmiTree(`pmic@7 { compatible = "qcom,smb2360"; reg = <7 0>; status = "disabled"; };`, ``)),
			[]string{"usb SMB2360 [qcom] candidate" + at + "/pmic@7"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkParts(t, readTree(t, tt.source), append([]string{"soc SDM000 [qcom] /"}, tt.want...))
		})
	}
}

func TestReadDeviceTreeDisplays(t *testing.T) {
	tests := []struct{ compatible, want string }{
		{`"samsung,sofef00"`, "display SOFEF00 [samsung] ic=SOFEF00"},
		{`"samsung,s6e88a0-ams452ef01"`, "display AMS452EF01 [samsung] ic=S6E88A0"},
		{`"samsung,lsl080al03", "samsung,s6d7aa0"`, "display LSL080AL03 [samsung] ic=S6D7AA0"},
		{`"tianma,fhd-video", "novatek,nt36672a"`, "display unknown display [tianma] unidentified ic=NT36672A"},
		{`"jdi,fhd-nt35596s"`, "display unknown display [jdi] unidentified ic=NT35596S"},
		{`"ebbg,ft8719"`, "display unknown display [ebbg] unidentified ic=FT8719"},
		{`"novatek,nt36672e"`, "display unknown display [] unidentified ic=NT36672E"},
		{`"xiaomi,em15-boe-nt36523", "novatek,nt36523"`, "display unknown display [boe] unidentified ic=NT36523"},
		{`"sony,td4353-jdi-em15"`, "display unknown display [jdi] unidentified ic=TD4353"},
		{`"anbernic,em15-panel", "newvision,nv3051d"`, "display unknown display [] unidentified ic=NV3051D"},
		{`"visionox,rm69299-shift"`, "display unknown display [visionox] unidentified ic=RM69299"},
		{`"visionox,vtdr6130"`, "display VTDR6130 [visionox] ic=VTDR6130"},
		{`"boe,bf060y8m-aj0"`, "display BF060Y8M-AJ0 [boe]"},
		{`"feixin,k101-im2byl02", "ilitek,ili9881c"`, "display K101-IM2BYL02 [feixin] ic=ILI9881C"},
	}
	for _, tt := range tests {
		t.Run(tt.compatible, func(t *testing.T) {
			r := readTree(t, phoneTree(busTree("dsi@1", `panel@0 { compatible = `+tt.compatible+`; };`)))
			checkParts(t, r, []string{"soc SDM000 [qcom] /", tt.want + " /soc/dsi@1/panel@0"})
		})
	}
	t.Run("listed by a vendor", func(t *testing.T) {
		r := readTree(t, phoneTree(`soc { mdss { a { qcom,mdss-dsi-panel-name = "example one video mode"; }; b { qcom,mdss-dsi-panel-name = "example two cmd mode"; }; }; };`))
		checkParts(t, r, []string{
			"soc SDM000 [qcom] /",
			"display example one video mode [] candidate /soc/mdss/a",
			"display example two cmd mode [] candidate /soc/mdss/b",
		})
	})
	t.Run("on an aux bus without a compatible", func(t *testing.T) {
		r := readTree(t, phoneTree(`edp { aux-bus { panel { compatible = "edp-panel"; }; }; };`))
		checkParts(t, r, []string{"soc SDM000 [qcom] /", "display unknown display [] unidentified /edp/aux-bus/panel"})
	})
	t.Run("a bridge is no display", func(t *testing.T) {
		r := readTree(t, phoneTree(busTree("dsi@1", `bridge@0 { compatible = "toshiba,tc358762"; };`)))
		checkParts(t, r, []string{"soc SDM000 [qcom] /", "other TC358762 [toshiba] /soc/dsi@1/bridge@0"})
	})
}

func TestReadDeviceTreeUnknowns(t *testing.T) {
	tests := []struct {
		name, source string
		want         []string // besides the SoC
	}{
		{
			"batteries", phoneTree(`battery-l { compatible = "simple-battery"; }; battery-r { compatible = "simple-battery"; };`),
			[]string{"battery unknown battery [] unidentified /battery-l", "battery unknown battery [] unidentified /battery-r"},
		},
		{"disabled proves nothing", phoneTree(`battery { compatible = "simple-battery"; status = "disabled"; };`), nil},
		{"memory", phoneTree(`memory@80000000 { device_type = "memory"; };`), []string{"memory unknown memory [] unidentified /memory@80000000"}},
		{
			"storage", phoneTree(`soc { ufshc@1 { compatible = "qcom,ufshc"; status = "disabled"; }; mmc@2 { compatible = "example,mmc"; non-removable; bus-width = <8>; }; mmc@3 { compatible = "example,mmc"; non-removable; bus-width = <4>; }; };`),
			[]string{"storage unknown storage [] unidentified /soc/mmc@2"},
		},
		{
			"names of lines", phoneTree(`gpio { gpio-line-names = "NFC_IRQ", "NFC_EN", "FP_INT_N", "CAM_MCLK0", "NFC_ESE_SPI_CLK", "NC", "I2S_PMIC", "PDOOR"; };`),
			[]string{
				"camera unknown camera [] unidentified /gpio",
				"nfc unknown nfc [] unidentified /gpio",
				"fingerprint unknown fingerprint [] unidentified /gpio",
			},
		},
		{
			"a line proves no second part", phoneTree(`gpio { gpio-line-names = "NFC_IRQ"; };` + i2cBus(`nfc@28 { compatible = "nxp,nxp-nci-i2c"; };`)),
			[]string{"nfc unknown nfc [nxp] unidentified /soc/i2c@40/nfc@28"},
		},
		{
			"a candidate is no proof against a line", phoneTree(`gpio { gpio-line-names = "NFC_IRQ"; };` + i2cBus(`nfc@28 { compatible = "nxp,pn547"; status = "disabled"; };`)),
			[]string{"nfc PN547 [nxp] candidate /soc/i2c@40/nfc@28", "nfc unknown nfc [] unidentified /gpio"},
		},
		{
			"names of supplies", phoneTree(`r1 { regulator-name = "CAMERA_VDDA_2V8"; }; r2 { regulator-name = "cam_vio_vreg"; }; r3 { regulator-name = "vcamio"; };`),
			[]string{"camera unknown camera [] unidentified /r1 /r2"},
		},
		{
			"a Hall sensor behind a switch", phoneTree(`keys { compatible = "gpio-keys"; event-hall { label = "Hall Effect"; linux,input-type = <5>; }; hall-key { label = "Hall"; }; };`),
			[]string{"sensor unknown sensor [] unidentified /keys/event-hall"},
		},
		{
			"two Hall sensors beside another sensor", phoneTree(`keys { compatible = "gpio-keys"; front-hall { linux,input-type = <5>; }; lid { linux,input-type = <5>; }; };` + i2cBus(`accelerometer@10 { compatible = "bosch,bma253"; };`)),
			[]string{"sensor BMA253 [bosch] /soc/i2c@40/accelerometer@10", "sensor unknown sensor [] unidentified /keys/front-hall", "sensor unknown sensor [] unidentified /keys/lid"},
		},
		{
			"a Hall sensor that a node shows", phoneTree(`keys { compatible = "gpio-keys"; hall { linux,input-type = <5>; }; };` + i2cBus(`hall-sensor@c { compatible = "example,h1"; };`)),
			[]string{"sensor H1 [example] /soc/i2c@40/hall-sensor@c"},
		},
		{
			"a time-of-flight sensor beside another sensor", phoneTree(`gpio { gpio-line-names = "TOF_INT", "ACCEL_INT"; };` + i2cBus(`accelerometer@10 { compatible = "bosch,bma253"; };`)),
			[]string{"sensor BMA253 [bosch] /soc/i2c@40/accelerometer@10", "sensor unknown sensor [] unidentified /gpio"},
		},
		{
			"a switched supply and a rail", phoneTree(`r1 { compatible = "regulator-fixed"; regulator-name = "OIS_AVDD0"; }; r2 { regulator-name = "vcc_codec"; };`),
			[]string{"camera unknown camera [] unidentified /r1"},
		},
		{
			"thermistors", phoneTree(`soc { adc@1 { thermistor-ap { compatible = "murata,ncp03wf104"; }; }; };`),
			[]string{"sensor NCP03WF104 [murata] /soc/adc@1/thermistor-ap"},
		},
		{
			"a modem of its own", phoneTree(`modem { compatible = "broadmobi,bm818"; }; soc { remoteproc@1 { compatible = "qcom,msm0000-mss-pil"; }; };`),
			[]string{"modem BM818 [broadmobi] /modem"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkParts(t, readTree(t, tt.source), append([]string{"soc SDM000 [qcom] /"}, tt.want...))
		})
	}
}

func TestReadDeviceTreeDevice(t *testing.T) {
	got := readTree(t, phoneTree(``)).Device
	want := sbom.Device{Model: "Example Phone 15", Name: "Example Phone 15", Category: "handset", Compatible: []string{"handset,em-15", "qcom,sdm000"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
}

func TestReadDeviceTreeSoC(t *testing.T) {
	block := func(compatible string) string {
		return `blocks { timer@1 { reg = <1>; compatible = "` + compatible + `"; }; };`
	}
	for _, tt := range []struct{ name, compatible, nodes, want string }{
		{"a bare tree", `"handset,em-15", "mediatek,mt0000"`, ``, "soc MT0000 [mediatek] /"},
		{"a family before the model", `"handset,em-15", "allwinner,sun50i-a00"`, ``, "soc A00 [allwinner] /"},
		{"a maker that no list knows", `"handset,em-15", "changfeng,cf8550"`, block("changfeng,cf8550-timer"), "soc CF8550 [changfeng] /"},
		{"the board's own SoC", `"qcom,sdm000-mtp", "qcom,sdm000"`, block("qcom,timer"), "soc SDM000 [qcom] /"},
		{"a list of boards", `"handset,em-15", "handset,em"`, block("qcom,timer"), "soc unknown soc [] unidentified /"},
		{"a list that ends in a board", `"handset,em-15", "qcom,sdm000", "handset,em"`, block("qcom,timer"), "soc SDM000 [qcom] /"},
		{"another maker's board last", `"handset,em-15", "qcom,sdm000", "other,board"`, block("qcom,timer"), "soc SDM000 [qcom] /"},
		{"a variant", `"handset,em-15", "qcom,sm6115p", "qcom,sm6115"`, block("qcom,timer"), "soc SM6115P [qcom] /"},
		{"a board is no variant", `"handset,em-15", "qcom,sm8550-mtp", "qcom,sm8550"`, block("qcom,timer"), "soc SM8550 [qcom] /"},
		{"the device is no variant", `"qcom,sm6115p", "qcom,sm6115"`, block("qcom,timer"), "soc SM6115 [qcom] /"},
		{"a chip is no block", `"handset,em-15", "handset,em"`, i2cBus(`x@1 { reg = <1>; compatible = "handset,x1"; };`) + block("qcom,timer"), "soc unknown soc [] unidentified /"},
		{"one compatible", `"allwinner,em-15"`, ``, "soc unknown soc [] unidentified /"},
		{"a licensor's model", `"arm,foundation", "arm,vexpress"`, block("arm,timer"), "soc unknown soc [] unidentified /"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := readTree(t, `/ { compatible = `+tt.compatible+`; soc0000 { }; `+tt.nodes+` };`)
			r.Components = r.Components[:1]
			checkParts(t, r, []string{tt.want})
		})
	}
}

// TestReadDeviceTreeComponent checks one component field by field.
func TestReadDeviceTreeComponent(t *testing.T) {
	data := fdttest.Compile(t, phoneTree(i2cBus(`bq27441-battery@55 { compatible = "ti,bq27411", "ti,bq27xxx"; };`)))
	r, err := ReadDeviceTree("phone.dtb", data)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	want := sbom.Component{
		Kind: sbom.Hardware, Name: "BQ27411", Category: sbom.FuelGauge,
		Compatible: []string{"ti,bq27411", "ti,bq27xxx"}, VendorPrefix: "ti",
		Found: []sbom.Evidence{{
			Source: sbom.Source{Name: "phone.dtb", Digest: digest},
			Place:  "/soc/i2c@40/bq27441-battery@55", Method: sbom.MethodDeviceTree,
			Says: `compatible "ti,bq27411"`,
			Note: `the node's own name says "bq27441"; the compatible counts`,
		}},
		Properties: []sbom.Property{
			{Name: "originbom:devicetree:compatible", Value: "ti,bq27411"},
			{Name: "originbom:devicetree:compatible:fallback", Value: "ti,bq27xxx"},
		},
	}
	if diff := cmp.Diff(want, r.Components[1]); diff != "" {
		t.Errorf("component (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(sbom.Input{Name: "phone.dtb", Kind: "device-tree", Digest: digest}, r.Input); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
}

func TestReadDeviceTreeErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"no tree", []byte("part,quantity\n"), "phone.dtb: device tree: there is no device tree in it"},
		{"an overlay", fdttest.Compile(t, `/ { fragment@0 { target-path = "/"; __overlay__ { x; }; }; };`), "phone.dtb: /fragment@0: this is a device tree overlay"},
		{"an overlay's fixups", fdttest.Compile(t, `/ { __fixups__ { x = "/fragment@0:target:0"; }; };`), "overlay"},
	} {
		r, err := ReadDeviceTree("phone.dtb", tt.data)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !cmp.Equal(r, sbom.Reading{}) {
			t.Errorf("%s: got %v, %v, want an error with %q", tt.name, r, err, tt.want)
		}
	}
	var many strings.Builder
	for i := range maxTreeParts + 1 {
		fmt.Fprintf(&many, "x%d@1 { compatible = \"example,x1\"; };", i)
	}
	if _, err := ReadDeviceTree("phone.dtb", fdttest.Compile(t, phoneTree(i2cBus(many.String())))); err == nil || !strings.Contains(err.Error(), "more than 2000 parts") {
		t.Errorf("too many parts: %v", err)
	}
	r := readTree(t, phoneTree(i2cBus(`x@1 { compatible = [ 61 ]; };`)))
	want := []sbom.Note{{File: "phone.dtb", Place: "/soc/i2c@40/x@1", Text: `property "compatible": its last string has no end`, Remedy: "the node was passed over: correct the device tree's source"}}
	if diff := cmp.Diff(want, r.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestIsDeviceTree(t *testing.T) {
	for _, tt := range []struct {
		data []byte
		want bool
	}{{fdttest.Example(t), true}, {nil, false}, {[]byte("PK\x03\x04"), false}} {
		if got := IsDeviceTree(tt.data); got != tt.want {
			t.Errorf("IsDeviceTree(%.4q) = %v", tt.data, got)
		}
	}
}

// treeInvariants are what holds of every reading.
func treeInvariants(t testing.TB, data []byte, r sbom.Reading) {
	t.Helper()
	tree, err := fdt.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{} // by node: a node is evidence of one named part
	for _, c := range r.Components {
		if len(c.Found) == 0 || c.Kind != sbom.Hardware || c.Name == "" || len(c.Facts) > 0 || c.MPN != "" {
			t.Errorf("%+v", c)
		}
		if _, ok := sbom.ParseCategory(string(c.Category)); !ok {
			t.Errorf("%s: no category %q", c.Name, c.Category)
		}
		if c.Unidentified && c.Name != "unknown "+string(c.Category) {
			t.Errorf("%s: unidentified in the category %s", c.Name, c.Category)
		}
		for _, e := range c.Found {
			if tree.Node(e.Place) == nil || e.Says == "" {
				t.Errorf("%s: evidence %+v is not in the tree", c.Name, e)
			}
			key := e.Place // what names a part is evidence of no other
			if len(c.Compatible) == 0 || c.Category == sbom.SoC {
				key += " " + string(c.Category) + c.Name
			}
			if other, twice := seen[key]; twice && len(c.Compatible) > 0 {
				t.Errorf("%s: %s and %s are the same part", e.Place, other, c.Name)
			}
			seen[key] = c.Name
		}
		if len(c.Compatible) == 0 {
			continue
		}
		for _, licensor := range []string{"arm", "snps", "cdns", "img", "vivante", "arasan"} {
			if c.VendorPrefix == licensor {
				t.Errorf("%s: the licensor %q is no maker", c.Name, licensor)
			}
		}
	}
	order := func(c sbom.Component) int { return slices.Index(sbom.Categories, c.Category) }
	if !slices.IsSortedFunc(r.Components, func(a, b sbom.Component) int { return order(a) - order(b) }) {
		t.Error("the parts are not in the order of categories")
	}
}

// noBlocks checks that no part is a block of the SoC, a driver or a card.
func noBlocks(t *testing.T, r sbom.Reading) {
	t.Helper()
	for _, c := range r.Components {
		if len(c.Compatible) == 0 || c.Category == sbom.SoC {
			continue
		}
		for _, never := range []string{
			"clock", "regulator-fixed", "regulator-gpio", "sndcard", "simple-audio-card", "audio-graph-card", "gpio-keys",
			"gpio-leds", "operating-points", "simple-bus", "snps,", "arm,", "dwc3", "pinctrl", "smp2p", "cdns,", "vivante,",
			"fixed-", "pwm-regulator", "pwm-backlight", "-opp", "thermal", "iommu", "smmu", "interconnect", "mailbox", "syscon", "simple-mfd",
			"rproc", "remoteproc", "dma", "pwrseq", "spidev", "-clk", "rpmh-clk", "cpufreq", "watchdog", "mux-", "spdif-di",
		} {
			if strings.Contains(c.Compatible[0], never) && !strings.HasSuffix(c.Compatible[0], "-thermal-sensor") {
				t.Errorf("%s: compatible %q is no part", c.Found[0].Place, c.Compatible[0])
			}
		}
	}
}

// FuzzReadDeviceTree asserts the invariants of whatever is read of one tree, and
// that the same bytes, one tree or many with others' bytes between them, give the
// same reading.
func FuzzReadDeviceTree(f *testing.F) {
	f.Add(fdttest.Example(f))
	f.Add(fdttest.Compile(f, phoneTree(i2cBus(`a@10 { compatible = "bosch,bmc150_accel"; }; b@12 { compatible = "bosch,bmc150_magn"; };`))))
	f.Add(fdttest.Compile(f, phoneTree(spmiTree(`pmic@0 { compatible = "qcom,pm8998"; reg = <0 0>; }; pmic@1 { compatible = "qcom,pm8998"; reg = <1 0>; };`, ``))))
	f.Add(fdttest.Compile(f, phoneTree(busTree("dsi@1", `panel@0 { compatible = "sony,td4353-jdi-em15"; };`)+`gpio { gpio-line-names = "NFC_IRQ"; };`)))
	f.Add(append(bytes.Repeat([]byte{0x11}, 64), fdttest.Example(f)...))
	f.Add(append(fdttest.Example(f), fdttest.Example(f)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadDeviceTree("phone.dtb", data)
		if err != nil {
			if !cmp.Equal(r, sbom.Reading{}) {
				t.Fatal("a reading beside an error")
			}
			return
		}
		if sections, err := fdt.Cut(data); err == nil && len(sections) == 1 && fdt.IsTree(data) {
			treeInvariants(t, data, r)
		}
		again, err := ReadDeviceTree("phone.dtb", data)
		if diff := cmp.Diff(r, again); diff != "" || err != nil {
			t.Fatalf("read again: %v\n%s", err, diff)
		}
	})
}
