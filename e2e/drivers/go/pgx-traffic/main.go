// Traffic with pgxpool as it comes: see "Traffic" in e2e/drivers/README.md.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	think  = 10 * time.Millisecond
	retry  = 100 * time.Millisecond
	update = "update traffic_account set balance = balance + 1 where driver = 'pgx' and client = $1"
	insert = "insert into traffic_ledger values ('pgx', $1, $2)"
)

type tally struct {
	committed, broken, refused, connects, wait atomic.Int64
	reasons                                    sync.Map
}

func (t *tally) print() {
	fmt.Printf("tally committed=%d broken=%d refused=%d connects=%d wait=%d\n", t.committed.Load(), t.broken.Load(),
		t.refused.Load(), t.connects.Load(), t.wait.Swap(0))
}

func (t *tally) begun(wanted time.Time) {
	waited := time.Since(wanted).Milliseconds()
	for seen := t.wait.Load(); waited > seen && !t.wait.CompareAndSwap(seen, waited); seen = t.wait.Load() {
	}
}

func (t *tally) failed(count *atomic.Int64, kind string, err error) {
	count.Add(1)
	if _, known := t.reasons.LoadOrStore(kind+err.Error(), true); !known {
		fmt.Fprintln(os.Stderr, kind+": "+err.Error())
	}
	time.Sleep(retry)
}

// transaction says whether it was committed.
func (t *tally) transaction(pool *pgxpool.Pool, client int, number int64, wanted time.Time) bool {
	ctx := context.Background()
	tx, err := pool.Begin(ctx)
	if err != nil {
		t.failed(&t.refused, "refused", err)
		return false
	}
	t.begun(wanted)
	if err = t.work(ctx, tx, client, number); err != nil {
		_ = tx.Rollback(ctx) // the connection may be gone
		t.failed(&t.broken, "broken", err)
		return false
	}
	t.committed.Add(1)
	return true
}

func (t *tally) work(ctx context.Context, tx pgx.Tx, client int, number int64) error {
	if _, err := tx.Exec(ctx, update, client); err != nil {
		return err
	}
	time.Sleep(think)
	if _, err := tx.Exec(ctx, insert, client, number); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func main() {
	clients, err := strconv.Atoi(os.Getenv("CLIENTS"))
	if err != nil {
		panic(err)
	}
	config, err := pgxpool.ParseConfig("")
	if err != nil {
		panic(err)
	}
	t := &tally{}
	config.MaxConns = int32(clients)
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.AfterConnect = func(context.Context, *pgx.Conn) error {
		t.connects.Add(1)
		return nil
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		panic(err)
	}
	var open atomic.Bool
	open.Store(true)
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			wanted := time.Now()
			for number := int64(0); open.Load(); number++ {
				if t.transaction(pool, client, number, wanted) {
					time.Sleep(think)
					wanted = time.Now()
				}
			}
		})
	}
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		t.print()
	}
	open.Store(false)
	all.Wait()
	t.print()
}
