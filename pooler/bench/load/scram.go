package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// scram is the client's half of SCRAM-SHA-256 (RFC 5802), without channel binding so that each pooler does the same work.
type scram struct {
	password string
	nonce    string
	proven   []byte // what the server's signature has to be
}

// salted remembers derived passwords: a storm is to load the pooler, not the one who makes it.
var salted sync.Map

func saltPassword(password, salt string, iterations int) ([]byte, error) {
	key := fmt.Sprint(password, "\x00", salt, "\x00", iterations)
	if known, ok := salted.Load(key); ok {
		return known.([]byte), nil
	}
	derived, err := pbkdf2.Key(sha256.New, password, []byte(salt), iterations, sha256.Size)
	if err == nil {
		salted.Store(key, derived)
	}
	return derived, err
}

// answer puts the reply to an Authentication message into out, or nothing where none is due.
func (s *scram) answer(body []byte, out *frames) error {
	if len(body) < 4 {
		return fmt.Errorf("Authentication message of %d bytes, expected at least 4", len(body))
	}
	kind, rest := binary.BigEndian.Uint32(body), body[4:]
	switch kind {
	case 0:
		return nil
	case 10:
		if !bytes.Contains(rest, []byte("SCRAM-SHA-256\x00")) {
			return fmt.Errorf("mechanisms are %q, expected SCRAM-SHA-256 among them", rest)
		}
		s.first(out)
		return nil
	case 11:
		return s.final(string(rest), out)
	case 12:
		return s.verify(string(rest))
	default:
		return fmt.Errorf("authentication request %d, expected 0 (ok) or 10 to 12 (SCRAM)", kind)
	}
}

func (s *scram) first(out *frames) {
	var random [18]byte
	_, _ = rand.Read(random[:]) // never fails, says crypto/rand
	s.nonce = base64.StdEncoding.EncodeToString(random[:])
	message := "n,,n=,r=" + s.nonce
	out.open('p')
	out.text("SCRAM-SHA-256")
	out.long(len(message))
	out.bytes = append(out.bytes, message...)
	out.close()
}

func (s *scram) final(serverFirst string, out *frames) error {
	parts := strings.SplitN(serverFirst, ",", 3)
	if len(parts) != 3 || !strings.HasPrefix(parts[0], "r="+s.nonce) || parts[1][:2] != "s=" || parts[2][:2] != "i=" {
		return fmt.Errorf("SCRAM challenge is %q, expected r=, s= and i=", serverFirst)
	}
	salt, err := base64.StdEncoding.DecodeString(parts[1][2:])
	if err != nil {
		return err
	}
	iterations, err := strconv.Atoi(parts[2][2:])
	if err != nil {
		return err
	}
	password, err := saltPassword(s.password, string(salt), iterations)
	if err != nil {
		return err
	}
	withoutProof := "c=biws," + parts[0]
	signed := "n=,r=" + s.nonce + "," + serverFirst + "," + withoutProof
	clientKey := sign(password, "Client Key")
	storedKey := sha256.Sum256(clientKey)
	proof := make([]byte, sha256.Size)
	subtle.XORBytes(proof, clientKey, sign(storedKey[:], signed))
	s.proven = sign(sign(password, "Server Key"), signed)
	out.open('p')
	out.bytes = append(out.bytes, withoutProof+",p="+base64.StdEncoding.EncodeToString(proof)...)
	out.close()
	return nil
}

func (s *scram) verify(serverFinal string) error {
	if expected := "v=" + base64.StdEncoding.EncodeToString(s.proven); serverFinal != expected {
		return fmt.Errorf("SCRAM signature is %q, expected %q", serverFinal, expected)
	}
	return nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
