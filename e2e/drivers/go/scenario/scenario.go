// Package scenario runs the scenarios of a driver and prints a line for each.
package scenario

import (
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// Scenario is one thing that a driver must be able to do.
type Scenario struct {
	Name string
	Do   func() error
}

const limit = 60 * time.Second

var version string

// Version says which module is tested, as the binary was built with it.
func Version(module string) {
	info, _ := debug.ReadBuildInfo()
	for _, d := range info.Deps {
		if d.Path == module {
			version = d.Version
		}
	}
	fmt.Printf("version %s %s (Go %s)\n", module, version, info.GoVersion[2:])
}

// Run runs all, one after the other. A scenario that hangs ends the program.
func Run(all []Scenario) {
	for _, s := range all {
		done := make(chan error, 1)
		go func() {
			defer func() {
				if r := recover(); r != nil {
					done <- fmt.Errorf("panic: %v\n%s", r, debug.Stack())
				}
			}()
			done <- s.Do()
		}()
		select {
		case err := <-done:
			if err != nil {
				fmt.Printf("not ok %s - %q\n", s.Name, err.Error())
			} else {
				fmt.Printf("ok %s\n", s.Name)
			}
		case <-time.After(limit):
			fmt.Printf("not ok %s - no end after %s\n", s.Name, limit)
			os.Exit(1)
		}
	}
}

// Pooled says whether a connection meets several servers: 1 that it must, 0 that it must not.
func Pooled() string { return os.Getenv("POOLED") }

// Dawdle is put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
const Dawdle = " from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)"

// Failing holds what fails, by its SQLSTATE; the table keyed has a row 1.
var Failing = map[string]string{
	"selec 1":                                            "42601",
	"select * from nowhere":                              "42P01",
	"insert into keyed values (1)":                       "23505",
	"select 'x'::int4":                                   "22P02",
	"do $$ begin raise 'own'; end $$":                    "P0001",
	"select nothing_like_this(1)":                        "42883",
	"insert into keyed values (2), (1)":                  "23505",
	"select 1/(i - 500) from generate_series(1, 1000) i": "22012",
}

// Sizes are those of the values that the scenario large sends and wants back.
var Sizes = []int{1, 8191, 8192, 65536, 1 << 20, 8 << 20}

// Must demands that what came is what was asked for.
func Must(what string, got, want any) error {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("%s: got %.200v, want %.200v", what, got, want)
	}
	return nil
}

// Concurrently runs n at once and answers the first failure.
func Concurrently(n int, do func(i int) error) error {
	var all sync.WaitGroup
	failures := make(chan error, n)
	for i := range n {
		all.Go(func() {
			if err := do(i); err != nil {
				failures <- fmt.Errorf("connection %d: %w", i, err)
			}
		})
	}
	all.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

// Cancelling runs do and cancels it, again and again, as the first one may come before the statement.
func Cancelling(cancel, do func() error) error {
	stop, failure := make(chan bool), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				failure <- nil
				return
			case <-time.After(100 * time.Millisecond):
				if err := cancel(); err != nil {
					failure <- err
					return
				}
			}
		}
	}()
	result := do()
	close(stop)
	if err := <-failure; err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	return result
}

// Servers counts the server processes that each connection met.
type Servers struct {
	lock sync.Mutex
	met  map[int]map[int]bool
}

// Met notes that the connection's statement ran in the process pid.
func (s *Servers) Met(connection, pid int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.met == nil {
		s.met = map[int]map[int]bool{}
	}
	if s.met[connection] == nil {
		s.met[connection] = map[int]bool{}
	}
	s.met[connection][pid] = true
}

// Check demands more than one server per connection behind a pooler, and exactly one without.
func (s *Servers) Check() error {
	most := 0
	for _, pids := range s.met {
		most = max(most, len(pids))
	}
	if Pooled() == "1" && most < 2 {
		return fmt.Errorf("no connection met a second server, so nothing was shown")
	}
	if Pooled() == "0" && most != 1 {
		return fmt.Errorf("a connection met %d servers without a pooler", most)
	}
	return nil
}
