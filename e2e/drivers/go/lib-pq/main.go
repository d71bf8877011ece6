// The scenarios of e2e/drivers/SCENARIOS with lib/pq below database/sql.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	. "doorman/drivers/scenario"

	"github.com/lib/pq"
)

var ctx = context.Background()

// open opens a pool of the standard library's that has one connection, with these settings beside those of the environment.
func open(settings ...string) *sql.DB {
	db, err := sql.Open("postgres", strings.Join(append([]string{"sslmode=disable"}, settings...), " "))
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

func with(do func(db *sql.DB) error) func() error {
	return func() error {
		db := open()
		defer db.Close()
		return do(db)
	}
}

func sqlState(err error) string {
	var e *pq.Error
	if errors.As(err, &e) {
		return string(e.Code)
	}
	return fmt.Sprint(err)
}

type executor interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

func execAll(c executor, statements ...string) error {
	for _, text := range statements {
		if _, err := c.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// answers demands this answer, as text.
func answers(c executor, want any, text string, values ...any) error {
	var got string
	if err := c.QueryRowContext(ctx, text, values...).Scan(&got); err != nil {
		return fmt.Errorf("%s: %w", text, err)
	}
	return Must(text, got, want)
}

// usable demands that the connection answers the next question.
func usable(c executor) error {
	return answers(c, "still here", "select 'still ' || $1::text", "here")
}

func fails(c executor, state, text string) error {
	_, err := c.ExecContext(ctx, text)
	return Must(text, sqlState(err), state)
}

func login() error {
	db := open()
	defer db.Close()
	if err := answers(db, "driver", "select current_user"); err != nil {
		return err
	}
	wrong := open("password=wrong")
	defer wrong.Close()
	return Must("wrong password", sqlState(wrong.Ping()), "28P01")
}

func startup() error {
	db := open()
	defer db.Close()
	for i := range 4 {
		if err := execAll(db, fmt.Sprintf("create schema if not exists s%d", i), fmt.Sprintf("drop table if exists s%d.place", i),
			fmt.Sprintf("create table s%d.place as select 's%d' as name", i, i)); err != nil {
			return err
		}
	}
	return Concurrently(8, func(i int) error {
		db := open(fmt.Sprintf("search_path=s%d application_name='application %d' options='-c statement_timeout=%d'", i%4, i, 20001+i))
		defer db.Close()
		for range 40 {
			if err := answers(db, fmt.Sprintf("s%d|application %d|%dms", i%4, i, 20001+i),
				"select name || '|' || current_setting('application_name') || '|' || current_setting('statement_timeout') from place"); err != nil {
				return err
			}
		}
		return nil
	})
}

// prepared asks unnamed statements over one Sync (binary_parameters) and over two, and named ones that it keeps.
func prepared() error {
	var servers Servers
	for mode, setting := range []string{"binary_parameters=no", "binary_parameters=yes"} {
		err := Concurrently(8, func(connection int) error {
			db := open(setting)
			defer db.Close()
			kept := map[int]*sql.Stmt{}
			for i := range 60 {
				text := fmt.Sprintf("select %d, $1::int4 * 2, pg_backend_pid() /* %d */", i%7, i%7) + Dawdle
				question := connection*1000 + i
				var row *sql.Row
				if connection%2 == 0 {
					if kept[i%7] == nil {
						statement, err := db.Prepare(text)
						if err != nil {
							return err
						}
						kept[i%7] = statement
					}
					row = kept[i%7].QueryRow(question)
				} else {
					row = db.QueryRow(text, question)
				}
				var statement, answer, pid int
				if err := row.Scan(&statement, &answer, &pid); err != nil {
					return fmt.Errorf("%s: %w", setting, err)
				}
				if err := Must("answer", []int{statement, answer}, []int{i % 7, question * 2}); err != nil {
					return err
				}
				servers.Met(connection+100*mode, pid)
			}
			for _, statement := range kept {
				if err := statement.Close(); err != nil {
					return err
				}
			}
			return usable(db)
		})
		if err != nil {
			return err
		}
	}
	return servers.Check()
}

// batch sends many statements in one simple query, as lib/pq has no other burst.
func batch() error {
	return Concurrently(4, func(connection int) error {
		return with(func(db *sql.DB) error {
			for range 5 {
				var text strings.Builder
				for n := range 100 {
					fmt.Fprintf(&text, "select '%d q %d';", connection, n)
				}
				rows, err := db.Query(text.String())
				if err != nil {
					return err
				}
				for n := range 100 {
					var got string
					if !rows.Next() {
						return fmt.Errorf("no answer %d: %w", n, rows.Err())
					}
					if err := rows.Scan(&got); err != nil {
						return err
					}
					if err := Must("answer", got, fmt.Sprintf("%d q %d", connection, n)); err != nil {
						return err
					}
					if rows.Next() || rows.NextResultSet() != (n < 99) {
						return fmt.Errorf("answer %d has another row, or is the last one; error: %v", n, rows.Err())
					}
				}
				if err := rows.Close(); err != nil {
					return err
				}
			}
			return usable(db)
		})()
	})
}

func batchError() error {
	err := with(func(db *sql.DB) error {
		return execAll(db, "drop table if exists skipped", "create table skipped (n int4)")
	})()
	if err != nil {
		return err
	}
	return Concurrently(4, func(connection int) error {
		return with(func(db *sql.DB) error {
			for range 10 {
				if err := fails(db, "22012", "insert into skipped values (1); select 1/0; insert into skipped values (2)"); err != nil {
					return err
				}
				if err := usable(db); err != nil {
					return err
				}
			}
			return answers(db, "0", "select count(*) from skipped")
		})()
	})
}

// copyRows copies within a transaction, which is the only way lib/pq has.
func copyRows(db *sql.DB, text string, rows int, row func(i int) []any) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	statement, err := tx.Prepare(text)
	if err != nil {
		return err
	}
	// closed before the rollback, which would otherwise race with the answers of the COPY, also without a pooler
	for i := range rows {
		if _, err := statement.Exec(row(i)...); err != nil {
			statement.Close()
			return err
		}
	}
	result, err := statement.Exec()
	if err != nil {
		return err
	}
	if n, _ := result.RowsAffected(); n != int64(rows) {
		return Must("rows", n, rows)
	}
	if err := statement.Close(); err != nil {
		return err
	}
	return tx.Commit()
}

func copyIn(db *sql.DB) error {
	if err := execAll(db, "drop table if exists copied", "create table copied (id int4, word text)"); err != nil {
		return err
	}
	err := copyRows(db, "copy copied (id, word) from stdin", 20000, func(i int) []any { return []any{i, fmt.Sprintf("word\t%d", i)} })
	if err != nil {
		return err
	}
	return answers(db, "20000", "select count(*) from copied where word = E'word\\t' || id")
}

func copyError(db *sql.DB) error {
	if err := execAll(db, "drop table if exists refused", "create table refused (id int4)"); err != nil {
		return err
	}
	err := copyRows(db, "copy refused (id) from stdin", 50000, func(i int) []any {
		if i == 3000 {
			return []any{"no number"}
		}
		return []any{i}
	})
	if err := Must("refused by the server", sqlState(err), "22P02"); err != nil {
		return err
	}
	if err := usable(db); err != nil {
		return err
	}
	// what is given up by the client: lib/pq ends the COPY, and the transaction is rolled back
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	statement, err := tx.Prepare("copy refused (id) from stdin")
	if err != nil {
		return err
	}
	if _, err := statement.Exec(1); err != nil {
		return err
	}
	if err := errors.Join(statement.Close(), tx.Rollback(), usable(db)); err != nil {
		return err
	}
	return answers(db, "0", "select count(*) from refused")
}

func cancel() error {
	return Concurrently(3, func(i int) error {
		return with(func(db *sql.DB) error {
			for round := range 3 {
				if i > 0 {
					want := fmt.Sprint(i*10 + round)
					if err := answers(db, want, "select $1::text from pg_sleep(0.1)", want); err != nil {
						return fmt.Errorf("a neighbour: %w", err)
					}
					continue
				}
				// lib/pq opens a second connection for the request when the context ends; now and then that is before the statement
				short, done := context.WithTimeout(ctx, 200*time.Millisecond)
				_, err := db.ExecContext(short, "select pg_sleep(30)")
				done()
				if !errors.Is(err, context.DeadlineExceeded) && sqlState(err) != "57014" {
					return fmt.Errorf("cancelled: %w", err)
				}
				if err := usable(db); err != nil {
					return err
				}
			}
			return nil
		})()
	})
}

func timeout(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := execAll(tx, "set local statement_timeout = 50"); err != nil {
		return err
	}
	if err := fails(tx, "57014", "select pg_sleep(30)"); err != nil {
		return err
	}
	if err := errors.Join(tx.Rollback(), execAll(db, "select pg_sleep(0.1)"), usable(db)); err != nil {
		return err
	}
	hasty := open("statement_timeout=500")
	defer hasty.Close()
	for range 5 {
		if err := errors.Join(fails(hasty, "57014", "select pg_sleep(30)"), usable(hasty)); err != nil {
			return err
		}
	}
	return nil
}

func failures(db *sql.DB) error {
	if err := execAll(db, "drop table if exists keyed", "create table keyed (id int4 primary key)", "insert into keyed values (1)"); err != nil {
		return err
	}
	for text, state := range Failing {
		if err := errors.Join(fails(db, state, text), usable(db)); err != nil {
			return err
		}
		statement, err := db.Prepare(text)
		if err == nil {
			_, err = statement.Exec()
			statement.Close()
		}
		if err := Must("prepared: "+text, sqlState(err), state); err != nil {
			return err
		}
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		if err := errors.Join(fails(tx, state, text), fails(tx, "25P02", "select 1"), tx.Rollback(), usable(db)); err != nil {
			return fmt.Errorf("in a transaction: %w", err)
		}
	}
	return nil
}

func reconnect(db *sql.DB) error {
	other := open()
	defer other.Close()
	for i := range 3 {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		var pid int
		if err := tx.QueryRow("select pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		if err := answers(other, "true", "select pg_terminate_backend($1, 5000)", pid); err != nil {
			return err
		}
		if err := execAll(tx, "select 1"); err == nil {
			return errors.New("a terminated server answered")
		}
		tx.Rollback()
		if err := answers(db, fmt.Sprint(i), "select $1::text", fmt.Sprint(i)); err != nil {
			return fmt.Errorf("afterwards: %w", err)
		}
	}
	return nil
}

func transactions(db *sql.DB) error {
	if err := execAll(db, "drop table if exists kept", "create table kept (id int4)"); err != nil {
		return err
	}
	other := open()
	defer other.Close()
	seen := func(want int) error { return answers(other, fmt.Sprint(want), "select count(*) from kept") }
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return err
	}
	err = errors.Join(
		answers(tx, "serializable", "show transaction_isolation"), execAll(tx, "insert into kept values (1)", "savepoint inner_one", "insert into kept values (2)"),
		fails(tx, "22012", "select 1/0"), execAll(tx, "rollback to savepoint inner_one", "insert into kept values (3)"),
		seen(0), tx.Commit(), seen(2))
	if err != nil {
		return err
	}
	if tx, err = db.Begin(); err != nil {
		return err
	}
	if err := errors.Join(execAll(tx, "delete from kept"), tx.Rollback(), seen(2)); err != nil {
		return err
	}
	if tx, err = db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}); err != nil {
		return err
	}
	return errors.Join(fails(tx, "25006", "delete from kept"), tx.Rollback(), seen(2))
}

func large(db *sql.DB) error {
	for _, size := range Sizes {
		sent := strings.Repeat("x", size-1) + "!"
		var text string
		var bytes []byte
		if err := db.QueryRow("select $1::text, $2::bytea", sent, []byte(sent)).Scan(&text, &bytes); err != nil {
			return err
		}
		if text != sent || string(bytes) != sent {
			return fmt.Errorf("%d bytes did not come back as they went", size)
		}
	}
	rows, err := db.Query("select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i")
	if err != nil {
		return err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var i int
		var text string
		if err := rows.Scan(&i, &text); err != nil {
			return err
		}
		n++
		if i != n || text != strings.Repeat(string(rune(97+i%26)), 100000) {
			return fmt.Errorf("row %d is wrong", n)
		}
	}
	return errors.Join(rows.Err(), Must("rows", n, 100))
}

func types() error {
	for _, setting := range []string{"binary_parameters=no", "binary_parameters=yes"} {
		db := open(setting)
		defer db.Close()
		at := time.Date(2026, 11, 24, 12, 34, 56, 789000, time.UTC)
		if err := errors.Join(
			there(db, "bool", true), there[int64](db, "int2", -32768), there[int64](db, "int8", -1<<63), there(db, "float8", 3.141592653589793),
			there(db, "text", "a ' \" \\ \u20ac \U0001F600 \n"), there(db, "varchar(20)", "twenty"), there(db, "bytea", []byte{0, 1, 255, '\\'}),
			there(db, "numeric", "123456789.00001"), there(db, "uuid", "01234567-89ab-cdef-0123-456789abcdef"), there(db, "inet", "10.1.2.3"),
			there(db, "int4range", "[1,9)"), there(db, "jsonb", `{"a": [1.5, "x", null]}`), there[*string](db, "text", nil),
			there(db, "int8[]", pq.Int64Array{1, 2, 3}), there(db, "text[]", pq.StringArray{"a", "b,c", "\"d\""})); err != nil {
			return fmt.Errorf("%s: %w", setting, err)
		}
		for _, kind := range []string{"timestamp", "timestamptz"} {
			var got time.Time
			if err := db.QueryRow("select $1::"+kind, at).Scan(&got); err != nil {
				return err
			}
			if !got.Equal(at) {
				return fmt.Errorf("%s: got %v, want %v", kind, got, at)
			}
		}
	}
	return nil
}

func there[T any](db *sql.DB, kind string, sent T) error {
	var got T
	if err := db.QueryRow("select $1::"+kind, sent).Scan(&got); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return Must(kind, fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", sent))
}

func cursor(db *sql.DB) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := execAll(tx, "declare numbers cursor for select i from generate_series(1, 1000) i"); err != nil {
		return err
	}
	want := 1
	for more := true; more; {
		rows, err := tx.Query("fetch 70 from numbers")
		if err != nil {
			return err
		}
		more = false
		for ; rows.Next(); want++ {
			more = true
			var got int
			if err := rows.Scan(&got); err != nil {
				return err
			}
			if got != want {
				return Must("row", got, want)
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return Must("rows", want-1, 1000)
}

func listen(db *sql.DB) error {
	listener := pq.NewListener("sslmode=disable", 100*time.Millisecond, time.Second, nil)
	defer listener.Close()
	if err := listener.Listen("pq_channel"); err != nil {
		return err
	}
	for i := range 3 {
		if err := execAll(db, fmt.Sprintf("notify pq_channel, 'message %d'", i)); err != nil {
			return err
		}
		var n *pq.Notification
		for n == nil { // nil tells of a new connection
			select {
			case n = <-listener.Notify:
			case <-time.After(5 * time.Second):
				return errors.New("no notification")
			}
		}
		if err := Must("notification", n.Channel+" "+n.Extra, fmt.Sprint("pq_channel message ", i)); err != nil {
			return err
		}
		if err := listener.Ping(); err != nil {
			return err
		}
	}
	return listener.UnlistenAll()
}

func main() {
	Version("github.com/lib/pq")
	Run([]Scenario{
		{"login", login}, {"startup", startup}, {"prepared", prepared}, {"batch", batch}, {"batch-error", batchError},
		{"copy-in", with(copyIn)}, {"copy-error", with(copyError)}, {"cancel", cancel}, {"timeout", with(timeout)},
		{"errors", with(failures)}, {"reconnect", with(reconnect)}, {"transactions", with(transactions)}, {"large", with(large)},
		{"types", types}, {"cursor", with(cursor)}, {"listen", with(listen)},
	})
}
