package registry_test

import (
	"fmt"
	"time"

	"github.com/originbom/originbom/provenance/registry"
	"github.com/originbom/originbom/sbom"
)

// The maker of a part is asked for a day: the amplifiers' line was sold.
func ExampleRegistry_Maker() {
	r, err := registry.Embedded()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range []int{2018, 2026} {
		a, _ := r.Maker("nxp", "tfa9895", sbom.Audio, time.Date(day, 6, 1, 0, 0, 0, 0, time.UTC))
		fmt.Println(day, a.Org.LegalName, a.Org.Headquarters)
	}
	// Output:
	// 2018 NXP Semiconductors N.V. NL
	// 2026 Shenzhen Goodix Technology Co., Ltd. CN
}

// A name is the same, or at most a possible match.
func ExampleRegistry_ByName() {
	r, err := registry.Embedded()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.ByName("华为技术有限公司").Exact.LegalName)
	m := r.ByName("ZTE Electronics GmbH")
	fmt.Println(m.Exact == nil, m.Possible[0].Organisation.LegalName)
	// Output:
	// Huawei Technologies Co., Ltd.
	// true ZTE Corporation
}
