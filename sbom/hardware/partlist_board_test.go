package hardware

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"

	"github.com/originbom/originbom/sbom"
)

// An IPC-2581 file with an approved list: one part chosen among two, one item
// whose choice is open, one that is approved alone, one by textual fields.
const ipcExample = `<?xml version="1.0" encoding="UTF-8"?>
<IPC-2581 revision="B" xmlns="http://webstds.ipc.org/2581">
 <LogisticHeader>
  <Enterprise id="E1" code="00001" name="Sorae"/><Enterprise id="E2" code="Taegu Power"/><Enterprise id="E3" code="UNKNOWN"/>
 </LogisticHeader>
 <Bom name="main">
  <BomItem OEMDesignNumberRef="D1" quantity="2"><RefDes name="U1" populate="true" packageRef="QFN"/><RefDes name="U2" populate="false"/></BomItem>
  <BomItem OEMDesignNumberRef="D2" quantity="1"><RefDes name="U3"/></BomItem>
  <BomItem OEMDesignNumberRef="D3" quantity="1"><RefDes name="U4"/></BomItem>
  <BomItem OEMDesignNumberRef="D4" quantity="1"><RefDes name="U5"/>
   <Characteristics><Textual textualCharacteristicName="VENDOR" textualCharacteristicValue="Volta Cells"/>
    <Textual textualCharacteristicName="VENDOR_PN" textualCharacteristicValue="VC-1"/></Characteristics></BomItem>
 </Bom>
 <Avl name="approved">
  <AvlItem OEMDesignNumber="D1">
   <AvlVmpn qualified="true" chosen="false"><AvlMpn name="B1" rank="2"/><AvlVendor enterpriseRef="E2"/></AvlVmpn>
   <AvlVmpn qualified="true" chosen="true"><AvlMpn name="A1" rank="1"/><AvlVendor enterpriseRef="E1"/></AvlVmpn>
  </AvlItem>
  <AvlItem OEMDesignNumber="D2">
   <AvlVmpn><AvlMpn name="A2"/><AvlVendor enterpriseRef="E1"/></AvlVmpn><AvlVmpn><AvlMpn name="B2"/><AvlVendor enterpriseRef="E3"/></AvlVmpn>
  </AvlItem>
  <AvlItem OEMDesignNumber="D3"><AvlVmpn><AvlMpn name="A3"/><AvlVendor enterpriseRef="E1"/></AvlVmpn></AvlItem>
  <AvlItem OEMDesignNumber="D9"><AvlVmpn><AvlMpn name="A9"/></AvlVmpn></AvlItem>
 </Avl>
</IPC-2581>`

func TestIPC2581(t *testing.T) {
	l := readParts(t, ipcExample)
	want := []summary{
		{Name: "A1", Maker: "Sorae", Quantity: 1, Designators: "U1"},
		{Name: "B1", Maker: "Taegu Power", Designators: "U1", Candidate: true, For: true},
		{Name: "A1", Maker: "Sorae", Quantity: 1, Designators: "U2", Candidate: true},
		{Name: "B1", Maker: "Taegu Power", Designators: "U2", Candidate: true, For: true},
		{Name: "unknown part", Quantity: 1, Designators: "U3"},
		{Name: "A2", Maker: "Sorae", Designators: "U3", Candidate: true, For: true},
		{Name: "B2", Designators: "U3", Candidate: true, For: true},
		{Name: "A3", Maker: "Sorae", Quantity: 1, Designators: "U4"},
		{Name: "VC-1", Maker: "Volta Cells", Quantity: 1, Designators: "U5"},
	}
	if d := cmp.Diff(want, summarise(l), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("parts differ (-want +got):\n%s", d)
	}
	if a := l.Account; a.Rows != 4 || a.Parts != 4 || a.Format != "IPC-2581 revision B" {
		t.Errorf("account %+v", a)
	}
	for _, want := range []string{`2 parts are approved for it and 0 of them chosen`, `AvlItem "D9": is approved, and no item`} {
		if !strings.Contains(notes(l), want) {
			t.Errorf("no note holds %q:\n%s", want, notes(l))
		}
	}
}

// A KiCad netlist: fields by their names, equal parts in one row, do not
// populate by property.
const kicadExample = `<?xml version="1.0" encoding="utf-8"?>
<export version="E"><design/><components>
<comp ref="U1"><value>Charger</value><footprint>QFN</footprint><datasheet>~</datasheet>
 <fields><field name="MPN">TG2589</field><field name="Manufacturer">Taegu Power</field></fields></comp>
<comp ref="R1"><value>10k</value></comp><comp ref="R2"><value>10k</value></comp>
<comp ref="R3"><value>10k</value><property name="dnp"/></comp>
</components><nets><net code="1" name="x"><node ref="U1" pin="1"/></net></nets></export>`

func TestKiCadNetlist(t *testing.T) {
	l := readParts(t, kicadExample)
	want := []summary{
		{Name: "TG2589", Maker: "Taegu Power", Designators: "U1"},
		{Name: "unknown part", Designators: "R1 R2"},
		{Name: "unknown part", Designators: "R3", Candidate: true},
	}
	if d := cmp.Diff(want, summarise(l), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("parts differ (-want +got):\n%s", d)
	}
	if got := l.Reading.Components[0].Category; got != sbom.Charger {
		t.Errorf("category %q", got)
	}
	if _, err := ReadPartList(testSource, []byte("(export (version D) (components))"), nil); err == nil || !strings.Contains(err.Error(), "export it as XML") {
		t.Errorf("its own format: %v", err)
	}
}

// Of several sheets the one with the best header is read, the others are
// reported, and a hidden one does not win.
func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	set := func(sheet string, rows ...[]any) {
		if _, err := f.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			if err := f.SetSheetRow(sheet, cell, &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("Sheet1", []any{"Revisions"}, []any{"R1 first issue"})
	set("bom", []any{"Phone R1"}, []any{}, []any{"MPN", "Manufacturer", "Qty"}, []any{3000, "Keystone", 2})
	set("small", []any{"MPN", "Maker"}, []any{"X1", "S"})
	set("old", []any{"MPN", "Manufacturer", "Qty", "Made In"}, []any{"OLD", "S", 1, "KR"})
	if err := f.SetSheetVisible("old", false); err != nil {
		t.Fatal(err)
	}
	data, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	l := readParts(t, data.String())
	if d := cmp.Diff([]summary{{Name: "3000", Maker: "Keystone", Quantity: 2}}, summarise(l)); d != "" {
		t.Error(d)
	}
	for _, want := range []string{`sheet "Sheet1": has no header`, `sheet "small": is a part list too, of 1 rows`, `sheet "old": is hidden and is a part list too`, `row 1: stands above the header`} {
		if !strings.Contains(notes(l), want) {
			t.Errorf("no note holds %q:\n%s", want, notes(l))
		}
	}
}

// A TCG component list: the platform is the device, firmware is firmware, PCI
// ids stay ids, and no serial number is kept.
func TestComponentList(t *testing.T) {
	l, err := ReadComponentList(testSource, []byte(`{"PLATFORM":{"PLATFORMMANUFACTURERSTR":"Example Mobile","PLATFORMMODEL":"EM-15","PLATFORMSERIAL":"SECRET1"},
	"COMPONENTS":[
	{"COMPONENTCLASS":{"COMPONENTCLASSREGISTRY":"2.23.133.18.3.3","COMPONENTCLASSVALUE":"00000000"},"MANUFACTURER":"Example Mobile","MODEL":"1.2"},
	{"COMPONENTCLASS":{"COMPONENTCLASSREGISTRY":"2.23.133.18.3.3","COMPONENTCLASSVALUE":"00010000"},"MANUFACTURER":"Example Mobile","MODEL":"EM-15"},
	{"COMPONENTCLASS":{"COMPONENTCLASSREGISTRY":"2.23.133.18.3.3","COMPONENTCLASSVALUE":"0011001A"},"MANUFACTURER":"Sorae","MODEL":"M1  ","SERIAL":"SECRET2"},
	{"COMPONENTCLASS":{"COMPONENTCLASSREGISTRY":"2.23.133.18.3.4","COMPONENTCLASSVALUE":"00028000"},"MANUFACTURER":"8086:1028:","MODEL":"15E8:09A1:","ADDRESSES":[{"ETHERNETMAC":"SECRET3"}]}]}`), "")
	if err != nil {
		t.Fatal(err)
	}
	checkAccount(t, l)
	want := []summary{{Name: "platform firmware", Maker: "Example Mobile"}, {Name: "M1", Maker: "Sorae"}, {Name: "PCI 8086:15E8"}}
	if d := cmp.Diff(want, summarise(l)); d != "" {
		t.Error(d)
	}
	if cs := l.Reading.Components; cs[0].Kind != sbom.Firmware || cs[1].Category != sbom.Memory || cs[2].Category != sbom.WiFiBT {
		t.Errorf("kinds and categories: %+v", cs)
	}
	if l.Reading.Device.Model != "EM-15" || !strings.Contains(notes(l), "3 serial numbers and addresses were left out") {
		t.Errorf("device %+v, notes %s", l.Reading.Device, notes(l))
	}
}

func TestLshw(t *testing.T) {
	const node = `{"id":"computer","class":"system","vendor":"Example Mobile","product":"EM-15","serial":"SECRET","children":[
	{"id":"core","class":"bus","vendor":"Example Mobile","product":"MB1","children":[
	 {"id":"firmware","class":"memory","vendor":"Example Mobile","version":"1.2"},
	 {"id":"cpu","class":"processor","vendor":"Changfeng","product":"CF8550"},
	 {"id":"cache","class":"memory","description":"L1 cache","vendor":"x"},
	 {"id":"network","class":"network","description":"Wireless interface","vendor":"Changfeng","product":"CFW6855","configuration":{"driver":"cfw"}},
	 {"id":"volume","class":"volume","vendor":"Linux","product":"ext4"},
	 {"id":"bank","class":"memory"}]}]}`
	for _, text := range []string{node, "[" + node + "]"} {
		l, err := ReadLshw(testSource, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		checkAccount(t, l)
		want := []summary{
			{Name: "MB1", Maker: "Example Mobile"}, {Name: "platform firmware", Maker: "Example Mobile"}, {Name: "CF8550", Maker: "Changfeng"}, {Name: "CFW6855", Maker: "Changfeng"},
		}
		if d := cmp.Diff(want, summarise(l)); d != "" {
			t.Error(d)
		}
		c := l.Reading.Components[3]
		if c.Category != sbom.WiFiBT || c.Found[0].Method != sbom.MethodLive || c.Found[0].Says != "Changfeng CFW6855, driver cfw" {
			t.Errorf("got %+v", c)
		}
	}
}

// Part lists of machines that are no such list are refused with the file's
// name.
func TestMachineListsRefuse(t *testing.T) {
	deep := strings.Repeat(`{"id":"a","class":"bus","children":[`, 100) + strings.Repeat(`]}`, 100)
	for _, text := range []string{``, `{}`, `[]`, `{"id":"a","class":"system","children":7}`, deep, `{"id":"a","id":"b","class":"system"}`} {
		if _, err := ReadLshw(testSource, []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "parts.csv: ") {
			t.Errorf("lshw %.40q: %v", text, err)
		}
	}
	for _, text := range []string{``, `{"COMPONENTS":[{"COMPONENTCLASS":{"COMPONENTCLASSVALUE":"XYZ"}}]}`, `{"COMPONENTS":7}`} {
		if _, err := ReadComponentList(testSource, []byte(text), ""); err == nil || !strings.HasPrefix(err.Error(), "parts.csv: ") {
			t.Errorf("TCG %.40q: %v", text, err)
		}
	}
}
