package lp

import (
	"errors"
	"slices"
)

// intervals is a set of ranges of bytes that must not overlap, sorted by where
// they start.
type intervals struct{ list [][2]int64 }

func newIntervals(n int) *intervals { return &intervals{make([][2]int64, 0, n)} }

func (s *intervals) add(from, length int64) error {
	i, found := slices.BinarySearchFunc(s.list, from, func(e [2]int64, at int64) int { return int(min(1, max(-1, e[0]-at))) })
	if found || i > 0 && s.list[i-1][1] > from || i < len(s.list) && s.list[i][0] < from+length {
		return errors.New("it overlaps another extent")
	}
	s.list = slices.Insert(s.list, i, [2]int64{from, from + length})
	return nil
}
