package sbom

import (
	"slices"
	"strings"
	"unicode"
)

// notTold are what people write into a cell when they do not know.
var notTold = []string{
	"", Unknown, "n/a", "na", "none", "tbd", "tba", "tbc", "-", "--", "~", "?", "？", "unspecified", "not known", "noassertion",
	"various", "oem", "odm", "no name", "see datasheet", "없음", "미정", "미상", "확인중", "확인필요", "해당없음",
	"無", "无", "未知", "不明", "不详", "不詳", "未定", "待定", "同上",
}

// NotTold reports whether a text shows nothing, or says that nobody knows: it
// is no name and no value.
func NotTold(s string) bool {
	s = strings.ToLower(strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)))
	return slices.Contains(notTold, s) || strings.HasPrefix(s, "unknown ") || strings.HasPrefix(s, "unknown(")
}
