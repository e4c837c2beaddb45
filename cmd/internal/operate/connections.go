package operate

import (
	"context"
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/seal"
	"orglogin/store/manage"
)

// ResealSecrets seals every stored client secret again with the newest key, and returns how many.
func (o *Operator) ResealSecrets(ctx context.Context, keys [][]byte) (int, error) {
	box, err := seal.NewBox(keys)
	if err != nil {
		return 0, err
	}
	m, err := o.Manage(ManagerConfig{Keys: keys})
	if err != nil {
		return 0, err
	}
	sealer := box.Sealer(seal.ConnectionSecret)
	return m.ResealSecrets(ctx, manage.Caller{Name: manage.Command}, func(id, sealed string) (string, error) {
		secret, err := sealer.Open(sealed, id)
		if err != nil {
			return "", fmt.Errorf("the client secret of connection %s was sealed with none of %sSECRET_KEYS: add the key that it was sealed with at the end", id, config.Prefix)
		}
		return sealer.Seal(secret, id), nil
	})
}
