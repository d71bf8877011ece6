// The scenarios of e2e/drivers/SCENARIOS with pgx: its own interface, its pool, batches and COPY.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/netip"
	"strings"
	"time"

	. "doorman/drivers/scenario"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

var ctx = context.Background()

func connect(change ...func(*pgx.ConnConfig)) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("")
	if err != nil {
		return nil, err
	}
	for _, c := range change {
		c(config)
	}
	return pgx.ConnectConfig(ctx, config)
}

func with(do func(c *pgx.Conn) error) func() error {
	return func() error {
		c, err := connect()
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		return do(c)
	}
}

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// usable demands that the connection answers the next question.
func usable(c *pgx.Conn) error {
	var answer string
	if err := c.QueryRow(ctx, "select 'still ' || $1::text", "here").Scan(&answer); err != nil {
		return fmt.Errorf("afterwards: %w", err)
	}
	return Must("afterwards", answer, "still here")
}

func execAll(c *pgx.Conn, statements ...string) error {
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

func login() error {
	c, err := connect()
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	var user string
	if err := c.QueryRow(ctx, "select current_user").Scan(&user); err != nil {
		return err
	}
	if err := Must("user", user, c.Config().User); err != nil {
		return err
	}
	_, err = connect(func(config *pgx.ConnConfig) { config.Password = "wrong" })
	return Must("wrong password", sqlState(err), "28P01")
}

func startup() error {
	c, err := connect()
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	for i := range 4 {
		if err := execAll(c, fmt.Sprintf("create schema if not exists s%d", i), fmt.Sprintf("drop table if exists s%d.place", i),
			fmt.Sprintf("create table s%d.place as select 's%d' as name", i, i)); err != nil {
			return err
		}
	}
	return Concurrently(8, func(i int) error {
		schema, name := fmt.Sprintf("s%d", i%4), fmt.Sprintf("application %d", i)
		c, err := connect(func(config *pgx.ConnConfig) {
			config.RuntimeParams["application_name"] = name
			config.RuntimeParams["search_path"] = schema
			config.RuntimeParams["statement_timeout"] = fmt.Sprint(20001 + i)
		})
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		for range 40 {
			var place, application, timeout string
			if err := c.QueryRow(ctx, "select name, current_setting('application_name'), current_setting('statement_timeout') from place").
				Scan(&place, &application, &timeout); err != nil {
				return err
			}
			if err := Must("settings", []string{place, application, timeout}, []string{schema, name, fmt.Sprint(20001+i) + "ms"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func prepared() error {
	var servers Servers
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec} {
		err := Concurrently(8, func(connection int) error {
			c, err := connect(func(config *pgx.ConnConfig) { config.DefaultQueryExecMode = mode })
			if err != nil {
				return err
			}
			defer c.Close(ctx)
			for i := range 50 {
				question := connection*1000 + i
				var statement, answer, pid int
				sql := fmt.Sprintf("select %d, $1::int4 * 2, pg_backend_pid() /* %d */", i%7, i%7) + Dawdle
				if err := c.QueryRow(ctx, sql, question).Scan(&statement, &answer, &pid); err != nil {
					return fmt.Errorf("%v: %w", mode, err)
				}
				if err := Must("answer", []int{statement, answer}, []int{i % 7, question * 2}); err != nil {
					return err
				}
				servers.Met(connection+100*int(mode), pid)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return servers.Check()
}

func batch() error {
	return Concurrently(4, with2(func(i int, c *pgx.Conn) error {
		for range 5 {
			b := &pgx.Batch{}
			for n := range 100 {
				question := i*1000 + n
				sql := fmt.Sprintf("select $1::int4 + %d, $2::text", n%5)
				b.Queue(sql, question, fmt.Sprint("q", question)).QueryRow(func(row pgx.Row) error {
					var answer int
					var text string
					if err := row.Scan(&answer, &text); err != nil {
						return err
					}
					return Must("answer", fmt.Sprint(answer, text), fmt.Sprint(question+n%5, "q", question))
				})
			}
			if err := c.SendBatch(ctx, b).Close(); err != nil {
				return err
			}
		}
		return pipeline(c, i)
	}))
}

// pipeline uses pgconn's pipeline mode: several Syncs are on their way at once.
func pipeline(c *pgx.Conn, i int) error {
	p := c.PgConn().StartPipeline(ctx)
	for n := range 50 {
		p.SendQueryParams("select $1::text", [][]byte{[]byte(fmt.Sprint(i, "-", n))}, nil, nil, nil)
		if n%10 == 9 {
			if err := p.Sync(); err != nil {
				return err
			}
		}
	}
	n := 0
	for {
		results, err := p.GetResults()
		if err != nil {
			return err
		}
		if results == nil {
			break
		}
		reader, ok := results.(*pgconn.ResultReader)
		if !ok {
			continue
		}
		read := reader.Read()
		if read.Err != nil {
			return read.Err
		}
		if err := Must("pipeline", string(read.Rows[0][0]), fmt.Sprint(i, "-", n)); err != nil {
			return err
		}
		n++
		if n == 50 {
			break
		}
	}
	return p.Close()
}

func with2(do func(i int, c *pgx.Conn) error) func(i int) error {
	return func(i int) error {
		return with(func(c *pgx.Conn) error { return do(i, c) })()
	}
}

func batchError() error {
	return Concurrently(4, with2(func(i int, c *pgx.Conn) error {
		for round := range 10 {
			b := &pgx.Batch{}
			b.Queue("select $1::int4", round)
			b.Queue("select 1 / $1::int4", 0)
			b.Queue("select $1::int4 + 1", round)
			r := c.SendBatch(ctx, b)
			var first int
			if err := r.QueryRow().Scan(&first); err != nil {
				return fmt.Errorf("first: %w", err)
			}
			if err := Must("first", first, round); err != nil {
				return err
			}
			if err := Must("second", sqlState(r.QueryRow().Scan(&first)), "22012"); err != nil {
				return err
			}
			if err := r.QueryRow().Scan(&first); err == nil {
				return errors.New("the third statement was answered after an error")
			}
			r.Close()
			if err := usable(c); err != nil {
				return err
			}
		}
		return nil
	}))
}

func copyIn(c *pgx.Conn) error {
	if err := execAll(c, "drop table if exists copied", "create table copied (id int4, word text)"); err != nil {
		return err
	}
	var text strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&text, "%d\tword %d\n", i, i)
	}
	tag, err := c.PgConn().CopyFrom(ctx, strings.NewReader(text.String()), "copy copied from stdin")
	if err != nil {
		return err
	}
	if err := Must("rows", tag.RowsAffected(), 20000); err != nil {
		return err
	}
	var rows int
	if err := c.QueryRow(ctx, "select count(*) from copied where word = 'word ' || id").Scan(&rows); err != nil {
		return err
	}
	return Must("rows", rows, 20000)
}

func copyOut(c *pgx.Conn) error {
	var text bytes.Buffer
	if _, err := c.PgConn().CopyTo(ctx, &text, "copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout"); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	for i, line := range lines {
		if err := Must("line", line, fmt.Sprintf("%d\tword %d", i, i)); err != nil {
			return err
		}
	}
	return Must("lines", len(lines), 20000)
}

func copyBinary(c *pgx.Conn) error {
	if err := execAll(c, "drop table if exists copied_binary", "create table copied_binary (id int4, word text, at timestamptz)"); err != nil {
		return err
	}
	n, err := c.CopyFrom(ctx, pgx.Identifier{"copied_binary"}, []string{"id", "word", "at"},
		pgx.CopyFromSlice(5000, func(i int) ([]any, error) {
			return []any{i, fmt.Sprint("word ", i), time.Unix(int64(i), 0)}, nil
		}))
	if err != nil {
		return err
	}
	var binary bytes.Buffer
	if _, err := c.PgConn().CopyTo(ctx, &binary, "copy (select id from copied_binary order by id) to stdout (format binary)"); err != nil {
		return err
	}
	var rows int
	if err := c.QueryRow(ctx, "select count(*) from copied_binary where word = 'word ' || id and extract(epoch from at) = id").Scan(&rows); err != nil {
		return err
	}
	return Must("rows", fmt.Sprint(n, rows, binary.Len()), fmt.Sprint(5000, 5000, 19+2+5000*10))
}

func copyError(c *pgx.Conn) error {
	if err := execAll(c, "drop table if exists refused", "create table refused (id int4)"); err != nil {
		return err
	}
	bad := strings.Repeat("1\n", 3000) + "no number\n" + strings.Repeat("2\n", 50000)
	_, err := c.PgConn().CopyFrom(ctx, strings.NewReader(bad), "copy refused from stdin")
	if err := Must("refused by the server", sqlState(err), "22P02"); err != nil {
		return err
	}
	if err := usable(c); err != nil {
		return err
	}
	_, err = c.PgConn().CopyFrom(ctx, io.MultiReader(strings.NewReader("1\n2\n"), failing{}), "copy refused from stdin")
	if err := Must("given up by the client", sqlState(err), "57014"); err != nil {
		return err
	}
	var rows int
	if err := c.QueryRow(ctx, "select count(*) from refused").Scan(&rows); err != nil {
		return err
	}
	return Must("rows", rows, 0)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the source broke") }

func cancel() error {
	return Concurrently(3, with2(func(i int, c *pgx.Conn) error {
		for round := range 3 {
			if i > 0 {
				var answer int
				if err := c.QueryRow(ctx, "select $1::int4 from pg_sleep(0.1)", i*10+round).Scan(&answer); err != nil {
					return fmt.Errorf("a neighbour: %w", err)
				}
				if err := Must("a neighbour's answer", answer, i*10+round); err != nil {
					return err
				}
				continue
			}
			err := Cancelling(func() error { return c.PgConn().CancelRequest(ctx) }, func() error {
				_, err := c.Exec(ctx, "select pg_sleep(30)")
				return err
			})
			if err := Must("cancelled", sqlState(err), "57014"); err != nil {
				return err
			}
			if err := usable(c); err != nil {
				return err
			}
		}
		return nil
	}))
}

func timeout(c *pgx.Conn) error {
	if err := execAll(c, "begin", "set local statement_timeout = 50"); err != nil {
		return err
	}
	_, err := c.Exec(ctx, "select pg_sleep(30)")
	if err := Must("statement_timeout", sqlState(err), "57014"); err != nil {
		return err
	}
	if err := execAll(c, "rollback", "select pg_sleep(0.1)"); err != nil {
		return err
	}
	// pgx's own limit gives the connection up; its pool brings another one
	pool, err := pgxpool.New(ctx, "")
	if err != nil {
		return err
	}
	defer pool.Close()
	for i := range 5 {
		short, done := context.WithTimeout(ctx, 50*time.Millisecond)
		_, err = pool.Exec(short, "select pg_sleep(30)")
		done()
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("limit of the context: %w", err)
		}
		var answer int
		if err := pool.QueryRow(ctx, "select $1::int4", i).Scan(&answer); err != nil {
			return err
		}
		if err := Must("after the limit", answer, i); err != nil {
			return err
		}
	}
	return nil
}

func failures(c *pgx.Conn) error {
	if err := execAll(c, "drop table if exists keyed", "create table keyed (id int4 primary key)", "insert into keyed values (1)"); err != nil {
		return err
	}
	for sql, state := range Failing {
		_, err := c.Exec(ctx, sql)
		if err := Must(sql, sqlState(err), state); err != nil {
			return err
		}
		if err := usable(c); err != nil {
			return err
		}
		tx, err := c.Begin(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, sql)
		if err := Must("in a transaction: "+sql, sqlState(err), state); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "select 1")
		if err := Must("failed transaction", sqlState(err), "25P02"); err != nil {
			return err
		}
		if err := tx.Rollback(ctx); err != nil {
			return err
		}
	}
	return usable(c)
}

func reconnect() error {
	pool, err := pgxpool.New(ctx, "")
	if err != nil {
		return err
	}
	defer pool.Close()
	for i := range 3 {
		tx, err := pool.Begin(ctx)
		if err != nil {
			return err
		}
		var pid, answer int
		if err := tx.QueryRow(ctx, "select pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		if _, err := pool.Exec(ctx, "select pg_terminate_backend($1, 5000)", pid); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "select 1").Scan(&answer); err == nil {
			return errors.New("a terminated server answered")
		}
		tx.Rollback(ctx)
		if err := pool.QueryRow(ctx, "select $1::int4", i).Scan(&answer); err != nil {
			return err
		}
		if err := Must("afterwards", answer, i); err != nil {
			return err
		}
	}
	return nil
}

func transactions(c *pgx.Conn) error {
	if err := execAll(c, "drop table if exists kept", "create table kept (id int4)"); err != nil {
		return err
	}
	other, err := connect()
	if err != nil {
		return err
	}
	defer other.Close(ctx)
	seen := func(want int) error {
		var rows int
		if err := other.QueryRow(ctx, "select count(*) from kept").Scan(&rows); err != nil {
			return err
		}
		return Must("seen by another", rows, want)
	}
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into kept values ($1)", 1); err != nil {
		return err
	}
	inner, err := tx.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := inner.Exec(ctx, "insert into kept values ($1)", 2); err != nil {
		return err
	}
	if _, err := inner.Exec(ctx, "select 1/0"); err == nil {
		return errors.New("1/0 was answered")
	}
	if err := inner.Rollback(ctx); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into kept values ($1)", 3); err != nil {
		return err
	}
	if err := seen(0); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	if err := seen(2); err != nil {
		return err
	}
	tx, err = c.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from kept"); err != nil {
		return err
	}
	if err := tx.Rollback(ctx); err != nil {
		return err
	}
	return seen(2)
}

func large(c *pgx.Conn) error {
	for _, size := range Sizes {
		sent := strings.Repeat("x", size-1) + "!"
		var text string
		var bytes []byte
		if err := c.QueryRow(ctx, "select $1::text, $2::bytea", sent, []byte(sent)).Scan(&text, &bytes); err != nil {
			return err
		}
		if text != sent || string(bytes) != sent {
			return fmt.Errorf("%d bytes did not come back as they went", size)
		}
	}
	rows, err := c.Query(ctx, "select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i")
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
	return Must("rows", n, 100)
}

func types() error {
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeSimpleProtocol} {
		c, err := connect(func(config *pgx.ConnConfig) { config.DefaultQueryExecMode = mode })
		if err != nil {
			return err
		}
		defer c.Close(ctx)
		at := time.Date(2026, 11, 24, 12, 34, 56, 789000, time.UTC)
		if err := errors.Join(
			there[bool](c, "bool", true), there[int16](c, "int2", -32768), there[int32](c, "int4", 1<<31-1), there[int64](c, "int8", -1<<63),
			there[float32](c, "float4", 1.5), there[float64](c, "float8", 3.141592653589793), there(c, "text", "a ' \" \\ \u20ac \U0001F600 \n"),
			there(c, "varchar(20)", "twenty"), there(c, "bytea", []byte{0, 1, 255, '\\'}), there(c, "date", time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)),
			there(c, "timestamp", at), there(c, "uuid", "01234567-89ab-cdef-0123-456789abcdef"), there(c, "int4[]", []int32{1, 2, 3}),
			there(c, "text[]", []string{"a", "b,c", "\"d\""}), there(c, "inet", netip.MustParsePrefix("10.1.2.3/32")),
			there[*string](c, "text", nil),
			there(c, "numeric", pgtype.Numeric{Int: big.NewInt(12345678901234), Exp: -5, Valid: true}),
			there(c, "interval", pgtype.Interval{Microseconds: 1000001, Days: 2, Months: 14, Valid: true}),
			there(c, "int4range", pgtype.Range[pgtype.Int4]{Lower: pgtype.Int4{Int32: 1, Valid: true}, Upper: pgtype.Int4{Int32: 9, Valid: true},
				LowerType: pgtype.Inclusive, UpperType: pgtype.Exclusive, Valid: true})); err != nil {
			return fmt.Errorf("%v: %w", mode, err)
		}
		if mode != pgx.QueryExecModeSimpleProtocol { // which cannot know that a map shall be JSON
			if err := there(c, "jsonb", map[string]any{"a": []any{1.5, "x", nil}}); err != nil {
				return err
			}
		}
		var zoned time.Time
		if err := c.QueryRow(ctx, "select $1::timestamptz", at).Scan(&zoned); err != nil {
			return err
		}
		if !zoned.Equal(at) {
			return fmt.Errorf("timestamptz: got %v, want %v", zoned, at)
		}
	}
	return nil
}

func there[T any](c *pgx.Conn, kind string, sent T) error {
	var got T
	if err := c.QueryRow(ctx, "select $1::"+kind, sent).Scan(&got); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return Must(kind, fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", sent))
}

func cursor(c *pgx.Conn) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, "declare numbers cursor for select i from generate_series(1, $1::int4) i", pgx.QueryExecModeSimpleProtocol, 1000); err != nil {
		return err
	}
	want := 1
	for {
		rows, err := tx.Query(ctx, "fetch 70 from numbers")
		if err != nil {
			return err
		}
		part, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			return err
		}
		if len(part) == 0 {
			break
		}
		for _, got := range part {
			if got != want {
				return Must("row", got, want)
			}
			want++
		}
	}
	return Must("rows", want-1, 1000)
}

func listen(c *pgx.Conn) error {
	if err := execAll(c, "listen pgx_channel"); err != nil {
		return err
	}
	other, err := connect()
	if err != nil {
		return err
	}
	defer other.Close(ctx)
	for i := range 3 {
		if _, err := other.Exec(ctx, "select pg_notify('pgx_channel', $1)", fmt.Sprint("message ", i)); err != nil {
			return err
		}
		short, done := context.WithTimeout(ctx, 5*time.Second)
		n, err := c.WaitForNotification(short)
		done()
		if err != nil {
			return err
		}
		if err := Must("notification", n.Channel+" "+n.Payload, fmt.Sprint("pgx_channel message ", i)); err != nil {
			return err
		}
	}
	return execAll(c, "unlisten *")
}

func main() {
	Version("github.com/jackc/pgx/v5")
	Run([]Scenario{
		{"login", login}, {"startup", startup}, {"prepared", prepared}, {"batch", batch}, {"batch-error", batchError},
		{"copy-in", with(copyIn)}, {"copy-out", with(copyOut)}, {"copy-binary", with(copyBinary)}, {"copy-error", with(copyError)},
		{"cancel", cancel}, {"timeout", with(timeout)}, {"errors", with(failures)}, {"reconnect", reconnect},
		{"transactions", with(transactions)}, {"large", with(large)}, {"types", types}, {"cursor", with(cursor)},
		{"listen", with(listen)},
	})
}
