// SCHEMA FOLDER: writes the TypeScript and the Go SDK of a schema into a folder, as `pulumi package add` does with the languages' hosts,
// and beside them what it prints for Go's `import`.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"path/filepath"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "codegen"

// noPackages is the loader of other packages: the schema refers to none.
var noPackages = schema.NewCachedLoader(nil)

func main() {
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func generate(schemaFile, folder string) error {
	pkg, err := load(schemaFile)
	if err != nil {
		return err
	}
	// As the CLI does for `pulumi package add`: the Go SDK is then a module of its own.
	pkg.SupportPack = true
	typescript, err := nodejs.GeneratePackage(tool, pkg, nil, nil, true, noPackages)
	if err != nil {
		return err
	}
	goFiles, err := gogen.GeneratePackage(tool, pkg, nil)
	if err != nil {
		return err
	}
	printed := map[string][]byte{"go-import": []byte(gogen.ExtractImportBasePath(pkg.Reference()))}
	return errors.Join(
		write(filepath.Join(folder, "nodejs"), typescript),
		write(filepath.Join(folder, "go"), goFiles),
		write(folder, printed),
	)
}

func load(file string) (*schema.Package, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(content, &spec); err != nil {
		return nil, err
	}
	languages := map[string]schema.Language{"nodejs": nodejs.Importer}
	return schema.ImportSpec(spec, languages, noPackages, schema.ValidationOptions{})
}

func write(folder string, files map[string][]byte) error {
	for name, content := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
