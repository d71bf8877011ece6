package main

import (
	"encoding/base64"
	"strings"
	"testing"
)

// The example of RFC 7677, with this client's way to say that it knows no channel binding.
func TestTheExampleOfTheRfcIsProven(t *testing.T) {
	s := scram{password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO"}
	challenge := "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	var out frames
	if err := s.final(challenge, &out); err != nil {
		t.Fatal(err)
	}
	if sent := string(out.bytes[5:]); !strings.HasPrefix(sent, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=") {
		t.Errorf("proof is sent as %q", sent)
	}
	if err := s.verify("v=" + base64.StdEncoding.EncodeToString(s.proven)); err != nil {
		t.Error(err)
	}
	if err := s.verify("v=AAAA"); err == nil {
		t.Error("a wrong signature was taken")
	}
}

func TestAChallengeOfAnotherIsRefused(t *testing.T) {
	s := scram{password: "pencil", nonce: "mine"}
	if err := s.final("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", &frames{}); err == nil {
		t.Error("a challenge without the nonce was taken")
	}
}
