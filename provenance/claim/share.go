package claim

import (
	"encoding/json"
	"fmt"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/originbom/originbom/sbom"
)

// A Share is how much of a stage an entry covers, in percent: a number, or a
// range written as {"min": 20, "max": 30}.
type Share struct{ Min, Max float64 }

// interval is the share as sbom has it; a nil share is the whole.
func (s *Share) interval() sbom.Interval {
	if s == nil {
		return sbom.Interval{Min: 100, Max: 100}
	}
	return sbom.Interval{Min: s.Min, Max: s.Max}
}

// value is the share of a value: the zero interval for the whole.
func (s *Share) value() sbom.Interval {
	if i := s.interval(); !i.Whole() {
		return i
	}
	return sbom.Interval{}
}

type shareRange struct {
	Min *float64 `json:"min" yaml:"min"`
	Max *float64 `json:"max" yaml:"max"`
}

func (r shareRange) share() (Share, error) {
	if r.Min == nil || r.Max == nil {
		return Share{}, fmt.Errorf("a share is a number, or a range with min and max")
	}
	return Share{*r.Min, *r.Max}, nil
}

// MarshalJSON writes a number where both ends are the same.
func (s Share) MarshalJSON() ([]byte, error) {
	if s.Min == s.Max {
		return json.Marshal(s.Min)
	}
	return json.Marshal(shareRange{&s.Min, &s.Max})
}

// UnmarshalJSON reads either form.
func (s *Share) UnmarshalJSON(data []byte) error {
	var n float64
	if json.Unmarshal(data, &n) == nil {
		*s = Share{n, n}
		return nil
	}
	var r shareRange
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("%.40q is no share: write a number, or a range with min and max", data)
	}
	var err error
	*s, err = r.share()
	return err
}

// MarshalYAML writes a number where both ends are the same.
func (s Share) MarshalYAML() (any, error) {
	if s.Min == s.Max {
		return s.Min, nil
	}
	return shareRange{&s.Min, &s.Max}, nil
}

// UnmarshalYAML reads either form.
func (s *Share) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		f, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return fmt.Errorf("line %d: %.40q is no share: write a number, or a range with min and max", n.Line, n.Value)
		}
		*s = Share{f, f}
		return nil
	}
	var r shareRange
	if err := n.Decode(&r); err != nil {
		return err
	}
	var err error
	*s, err = r.share()
	return err
}
