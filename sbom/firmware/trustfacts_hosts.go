package firmware

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// This file tells the hosts that a phone is told to ask: in configuration files,
// and in properties whose name says what the host is for. Code is not searched for
// text that looks like a host: what an app asks, a string in it does not prove. In
// which country a host is, nothing in firmware says.

// hostFiles are the files of a phone's location hardware, by base name.
var hostFiles = []string{"gps.conf", "gps_debug.conf", "izat.conf"}

// hostKeys are the keys in them that name a host.
var hostKeys = []struct{ key, fact string }{
	{"NTP_SERVER", FactTimeHost},
	{"SUPL_HOST", FactHost},
	{"SUPL_ES_HOST", FactHost},
	{"XTRA_SERVER_1", FactHost},
	{"XTRA_SERVER_2", FactHost},
	{"XTRA_SERVER_3", FactHost},
	{"C2K_HOST", FactHost},
	{"AGPS_HOST", FactHost},
}

// hosts tells the hosts that such a file names for location and time.
func (t *trustReader) hosts(place string, data []byte) {
	props, _ := parseProperties(data)
	for _, h := range hostKeys {
		if p, ok := props[h.key]; ok {
			t.fact(h.fact, p.value, place, fmt.Sprintf("line %d: %s=%s", p.line, h.key, p.value))
		}
	}
}

// hostWords are words in the name of a property that say what its host is for.
var hostWords = []struct {
	fact  string
	words []string
}{
	{FactTimeHost, []string{"ntp"}},
	{FactConnectivityHost, []string{"captive"}},
	{FactHost, []string{"supl", "xtra", "agps", "gps", "gnss"}},
	{FactUpdateHost, []string{"ota", "fota", "update", "updater"}},
}

// hostFact gives the fact that a property tells, "" if none: its name has one of
// the words, and its value is a URL, or a host's name where the property's name
// speaks of a host or server.
func hostFact(name, value string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	server := slices.ContainsFunc(words, func(w string) bool { return w == "server" || w == "host" })
	if !isURL(value) && !(server && hostName.MatchString(value)) {
		return ""
	}
	for _, h := range hostWords {
		if slices.ContainsFunc(h.words, func(w string) bool { return slices.Contains(words, w) }) {
			return h.fact
		}
	}
	return ""
}

// hostName is a name with a dot and letters at its end (RFC 1123, 2.1).
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$`)

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
