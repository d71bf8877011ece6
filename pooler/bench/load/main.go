// Loads a pooler as pgbench cannot: ten thousand clients, many users and databases, logins, streams, slow readers.
// One argument, a file with a Plan; progress lines as pgbench writes them, and last one line of JSON with the result.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

var modes = map[string]func(*Plan) (any, error){
	"load":   runLoad,
	"stream": runStream,
	"storm":  runStorm,
	"hold":   runHold,
}

func main() {
	// Its own memory is not measured, and a collection in the middle of a run would be.
	debug.SetGCPercent(400)
	result, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	line, err := json.Marshal(result)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	fmt.Println(string(line))
}

func run() (any, error) {
	if len(os.Args) != 2 {
		return nil, fmt.Errorf("expected one argument, the file of a plan; got %d", len(os.Args)-1)
	}
	plan, err := readPlan(os.Args[1])
	if err != nil {
		return nil, err
	}
	return modes[plan.Mode](plan)
}
