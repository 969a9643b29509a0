package input

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/originbom/originbom/sbom/internal/spreadsheet"
	"github.com/originbom/originbom/sbom/internal/table"
)

// CSV gives a table as CSV in UTF-8 with commas, whatever it was saved as: text
// in any encoding and with any separator, or an Excel workbook, of which it
// takes the first sheet that is shown and has rows. Lines are numbered as the
// rows were. name is for messages.
func CSV(name string, data []byte) ([]byte, error) {
	rows, err := tableRows(name, data)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	line := 1
	for _, row := range rows {
		w.Flush()
		for ; line < row.Number; line++ {
			b.WriteByte('\n')
		}
		cells := make([]string, len(row.Cells))
		for i, c := range row.Cells {
			cells[i] = strings.Join(strings.Fields(c), " ")
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
		line++
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func tableRows(name string, data []byte) ([]table.Row, error) {
	switch kind := Detect(data); kind {
	case Nothing:
		return nil, fmt.Errorf("%s: the file is empty", name)
	case PartList:
		t, err := table.ReadText(name, data, nil)
		return t.Rows, err
	case Workbook:
		sheets, err := spreadsheet.Read(name, data)
		if err != nil {
			return nil, err
		}
		for _, s := range sheets {
			if !s.Hidden && len(s.Rows) > 0 {
				return s.Rows, nil
			}
		}
		return nil, fmt.Errorf("%s: no sheet that is shown has rows", name)
	default:
		return nil, fmt.Errorf("%s: this is %s, not a table: save it as CSV or as an Excel workbook (.xlsx)", name, kind)
	}
}
