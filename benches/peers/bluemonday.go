// N times bluemonday's policy for what users write over a file; prints the
// result of the last one if asked to. Of Debian's packages, without modules.
package main

import (
	"os"
	"strconv"

	"github.com/microcosm-cc/bluemonday"
)

func main() {
	html, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	times, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	policy := bluemonday.UGCPolicy()
	var out []byte
	for i := 0; i < times; i++ {
		out = policy.SanitizeBytes(html)
	}
	if len(os.Args) > 3 {
		os.Stdout.Write(out)
	}
}
