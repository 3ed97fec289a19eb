// Give an existing role, named in the configuration, the permissions that Session Manager needs.
package main

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

func main() {
	pulumi.Run(declare)
}
