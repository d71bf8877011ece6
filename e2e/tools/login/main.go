// Logs in with pgx as libpq's environment variables say, and tells who PostgreSQL takes it for.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

func login() (user string, err error) {
	ctx, done := context.WithTimeout(context.Background(), 30*time.Second)
	defer done()
	connection, err := pgx.Connect(ctx, "")
	if err != nil {
		return "", err
	}
	defer connection.Close(ctx)
	err = connection.QueryRow(ctx, "select current_user::text").Scan(&user)
	return user, err
}

func main() {
	user, err := login()
	if err != nil {
		fmt.Fprintf(os.Stdout, "refused %q\n", err.Error())
		return
	}
	fmt.Println("user", user)
}
