package main

import (
	"encoding/binary"
	"strconv"
)

// frames is a buffer of messages to be sent in one write.
type frames struct {
	bytes []byte
	begin int
}

func (f *frames) clear() { f.bytes = f.bytes[:0] }

func (f *frames) open(tag byte) {
	f.bytes = append(f.bytes, tag)
	f.openUntagged()
}

func (f *frames) openUntagged() {
	f.begin = len(f.bytes)
	f.bytes = append(f.bytes, 0, 0, 0, 0)
}

func (f *frames) close() {
	binary.BigEndian.PutUint32(f.bytes[f.begin:], uint32(len(f.bytes)-f.begin))
}

func (f *frames) text(s string) { f.bytes = append(append(f.bytes, s...), 0) }

func (f *frames) short(n int) { f.bytes = binary.BigEndian.AppendUint16(f.bytes, uint16(n)) }

func (f *frames) long(n int) { f.bytes = binary.BigEndian.AppendUint32(f.bytes, uint32(n)) }

func (f *frames) query(text string) {
	f.open('Q')
	f.text(text)
	f.close()
}

func (f *frames) parse(name, text string) {
	f.open('P')
	f.text(name)
	f.text(text)
	f.short(0)
	f.close()
}

// run binds the statement, with one number or none, and executes it, as libpq does.
func (f *frames) run(name string, number int64, numbers int) {
	f.open('B')
	f.text("")
	f.text(name)
	f.short(0)
	f.short(numbers)
	if numbers > 0 {
		var digits [20]byte
		written := strconv.AppendInt(digits[:0], number, 10)
		f.long(len(written))
		f.bytes = append(f.bytes, written...)
	}
	f.short(1)
	f.short(0)
	f.close()
	f.open('D')
	f.bytes = append(f.bytes, 'P')
	f.text("")
	f.close()
	f.open('E')
	f.text("")
	f.long(0)
	f.close()
}

func (f *frames) empty(tag byte) {
	f.open(tag)
	f.close()
}
