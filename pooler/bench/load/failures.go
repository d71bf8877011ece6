package main

import (
	"sync"
	"sync/atomic"
)

// failures counts errors and keeps the text of the first.
type failures struct {
	count atomic.Int64
	once  sync.Once
	first string
}

func (f *failures) add(err error) {
	f.count.Add(1)
	f.once.Do(func() { f.first = err.Error() })
}

// Failures as they are told.
type Failures struct {
	Errors     int64  `json:"errors"`
	FirstError string `json:"firstError"`
}

// told is called when nobody adds any more.
func (f *failures) told() Failures { return Failures{Errors: f.count.Load(), FirstError: f.first} }
