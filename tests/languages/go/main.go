// Runs what is declared beside it with the Automation API: PROGRAM PROJECT WORK_FOLDER preview|up
package main

import (
	"context"
	"log"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, project, folder, command string) error {
	stack, err := auto.UpsertStackInlineSource(ctx, "dev", project, declare, auto.WorkDir(folder))
	if err != nil {
		return err
	}
	if command == "up" {
		_, err = stack.Up(ctx, optup.ProgressStreams(os.Stdout))
	} else {
		_, err = stack.Preview(ctx, optpreview.ProgressStreams(os.Stdout))
	}
	return err
}
