// console asks the admin console what monitoring agents ask it, with the drivers and the expectations that these have, and
// prints `ok NAME` or `not ok NAME - reason` for each question.
//
//	console exporter|agent URL
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

// A table whose rows become metrics.
type table struct {
	name   string
	labels []string
	gauges []string
}

// What PgBouncer's Prometheus exporter makes metrics of. Two rows with the same labels would be a duplicate metric, for
// which Prometheus refuses the whole scrape.
var exported = []table{
	{"databases", []string{"name", "host", "port", "database", "force_user", "pool_mode"},
		[]string{"pool_size", "reserve_pool", "max_connections", "current_connections", "paused", "disabled"}},
	{"stats_totals", []string{"database"},
		[]string{"query_count", "query_time", "bytes_received", "bytes_sent", "wait_time", "xact_count", "xact_time",
			"client_parse_count", "server_parse_count", "bind_count"}},
	{"pools", []string{"database", "user"},
		[]string{"cl_active", "cl_active_cancel_req", "cl_waiting", "cl_waiting_cancel_req", "sv_active",
			"sv_active_cancel", "sv_being_canceled", "sv_idle", "sv_used", "sv_tested", "sv_login", "maxwait"}},
}

// What agents with a driver of their own read of tables.
var sampled = []table{
	{"stats", []string{"database", "user"},
		[]string{"total_xact_count", "total_query_count", "total_received", "total_sent", "total_xact_time",
			"total_query_time", "total_wait_time", "avg_xact_count", "avg_query_count", "avg_recv", "avg_sent",
			"avg_xact_time", "avg_query_time", "avg_wait_time"}},
	{"pools", []string{"database", "user"},
		[]string{"cl_active", "cl_waiting", "sv_active", "sv_idle", "sv_used", "sv_tested", "sv_login", "maxwait"}},
	{"databases", []string{"name", "force_user"},
		[]string{"pool_size", "min_pool_size", "reserve_pool", "max_connections", "current_connections"}},
}

var lists = []string{"databases", "users", "pools", "free_clients", "used_clients", "login_clients", "free_servers",
	"used_servers", "dns_names", "dns_zones", "dns_queries"}

var failed bool

func report(name string, err error) {
	if err != nil {
		failed = true
		fmt.Printf("not ok %s - %v\n", name, err)
	} else {
		fmt.Printf("ok %s\n", name)
	}
}

// Every row as a map.
func read(db *sql.DB, query string) ([]map[string]any, []string, error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, nil, err
	}
	var all []map[string]any
	for rows.Next() {
		values := make([]any, len(columns))
		places := make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, nil, err
		}
		row := map[string]any{}
		for i, column := range columns {
			row[column] = values[i]
		}
		all = append(all, row)
	}
	return all, columns, rows.Err()
}

// A table has a row, its labels tell the rows apart, and its figures are numbers.
func checkTable(db *sql.DB, t table) error {
	rows, _, err := read(db, "SHOW "+t.name+";")
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("no row")
	}
	seen := map[string]bool{}
	for _, row := range rows {
		key := ""
		for _, label := range t.labels {
			value, there := row[label]
			if !there {
				return fmt.Errorf("no column %s", label)
			}
			key += fmt.Sprint(value) + "\x00"
		}
		if seen[key] {
			return fmt.Errorf("two rows have the labels %q", key)
		}
		seen[key] = true
		for _, gauge := range t.gauges {
			if _, isNumber := row[gauge].(int64); !isNumber {
				return fmt.Errorf("column %s is %v (%T)", gauge, row[gauge], row[gauge])
			}
		}
	}
	return nil
}

func checkLists(db *sql.DB) error {
	rows, columns, err := read(db, "SHOW LISTS;")
	if err != nil {
		return err
	}
	if !slices.Equal(columns, []string{"list", "items"}) {
		return fmt.Errorf("columns %v", columns)
	}
	found := map[string]bool{}
	for _, row := range rows {
		if _, isNumber := row["items"].(int64); !isNumber {
			return fmt.Errorf("%v is %v", row["list"], row["items"])
		}
		found[fmt.Sprint(row["list"])] = true
	}
	for _, list := range lists {
		if !found[list] {
			return fmt.Errorf("no list %s", list)
		}
	}
	return nil
}

// The exporter reads this table by the number of its columns.
func checkConfig(db *sql.DB) error {
	rows, columns, err := read(db, "SHOW CONFIG;")
	if err != nil {
		return err
	}
	if len(columns) != 4 {
		return fmt.Errorf("columns %v", columns)
	}
	found := 0
	for _, row := range rows {
		key := fmt.Sprint(row["key"])
		if key == "max_client_conn" || key == "max_user_connections" {
			if _, err := strconv.ParseFloat(fmt.Sprint(row["value"]), 64); err != nil {
				return err
			}
			found++
		}
	}
	if found != 2 {
		return fmt.Errorf("%d of 2 limits found", found)
	}
	return nil
}

func checkVersion(db *sql.DB) error {
	rows, _, err := read(db, "SHOW VERSION;")
	if err == nil && (len(rows) != 1 || fmt.Sprint(rows[0]["version"]) == "") {
		err = fmt.Errorf("rows %v", rows)
	}
	return err
}

func open(kind, url string) (*sql.DB, []table, error) {
	if kind == "exporter" {
		db, err := sql.Open("postgres", url)
		return db, exported, err
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return stdlib.OpenDB(*config), sampled, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "console exporter|agent URL")
		os.Exit(64)
	}
	db, tables, err := open(os.Args[1], os.Args[2])
	report("open", err)
	if err != nil {
		os.Exit(1)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, t := range tables {
		report(t.name, checkTable(db, t))
	}
	report("lists", checkLists(db))
	report("config", checkConfig(db))
	report("version", checkVersion(db))
	if failed {
		os.Exit(1)
	}
}
