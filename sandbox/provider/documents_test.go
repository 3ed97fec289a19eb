// Policy documents, as plain functions.
package main

import (
	"testing"
)

// A document that IAM could not read is refused before a call; how long it may be is left to IAM.
func TestUnreadableDocumentsAreRefused(t *testing.T) {
	for document, want := range map[string]string{
		``:              "not a JSON object",
		`[]`:            "not a JSON object",
		`"x"`:           "not a JSON object",
		`{"a":1,"a":2}`: `duplicate JSON keys: duplicate key "a"`,
		`{"a":`:         "unexpected end of JSON input",
	} {
		err := checkPolicy(document)

		if err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", document, err, want)
		}
	}
}

// The version that makes room for a new one is the oldest that is not in force.
func TestTheVersionInForceIsKept(t *testing.T) {
	got := oldest([]record{
		{"VersionId": "v3", "CreateDate": "2026-01-03T00:00:00Z", "IsDefaultVersion": false},
		{"VersionId": "v1", "CreateDate": "2026-01-01T00:00:00Z", "IsDefaultVersion": true},
		{"VersionId": "v2", "CreateDate": "2026-01-02T00:00:00Z", "IsDefaultVersion": false},
	})

	if got != "v2" {
		t.Errorf("got %s, want v2", got)
	}
}

// Where an ARN is wanted, a star isn't an ARN, although IAM's simulator would take it.
func TestOnlyARNsAreTaken(t *testing.T) {
	for value, want := range map[string]bool{"arn:aws:s3:::b": true, "": true, "*": false, "arn:aws:s3:::": false, "arn::s3:::b": false} {
		if _, errs := validARN(value, "resource_arns"); len(errs) == 0 != want {
			t.Errorf("%s: got %v, want %t", value, errs, want)
		}
	}
}
