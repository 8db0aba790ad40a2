//go:build linux

package guest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// actionLimit is how long one action of a page may take.
const actionLimit = 30 * time.Second

// Open goes to an address and waits until it is loaded.
func (p *Page) Open(url string) error {
	ctx, cancel := p.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return fmt.Errorf("opening %s: %w", url, err)
	}
	return nil
}

// Eval evaluates JavaScript in the page, waiting for a promise to be kept, and decodes its
// value into result unless that is nil.
func (p *Page) Eval(script string, result any) error {
	ctx, cancel := p.limited()
	defer cancel()
	// As text, so that any type can be decoded from it; undefined has none.
	wrapped := "(async () => JSON.stringify(await (" + script + ")) ?? 'null')()"
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](wrapped, chromedp.EvalAwaitPromise))
	if err != nil {
		return fmt.Errorf("evaluating %s: %w", script, err)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(text), result); err != nil {
		return fmt.Errorf("evaluating %s: %w", script, err)
	}
	return nil
}

// Wait waits until a JavaScript expression is true. The page may load others meanwhile.
func (p *Page) Wait(condition string, limit time.Duration) error {
	return p.WaitSteady(condition, 0, limit)
}

// WaitSteady waits until a JavaScript expression has been true for some time.
func (p *Page) WaitSteady(condition string, steady, limit time.Duration) error {
	var last error
	since := time.Now()
	for deadline := since.Add(limit); time.Now().Before(deadline); time.Sleep(pollEvery) {
		var truth bool
		if last = p.Eval("!!("+condition+")", &truth); last != nil || !truth {
			since = time.Now()
		} else if time.Since(since) >= steady {
			return nil
		}
		if p.ctx.Err() != nil {
			return fmt.Errorf("waiting for %s: %w", condition, p.ctx.Err())
		}
	}
	return errors.Join(fmt.Errorf("waiting for %s: not after %s; %s", condition, limit, p.describe()), last)
}

// WaitText waits until the page shows a text.
func (p *Page) WaitText(text string, limit time.Duration) error {
	return p.Wait("document.body.innerText.includes("+quote(text)+")", limit)
}

// Address is the address of the page.
func (p *Page) Address() (string, error) {
	var address string
	return address, p.Eval("location.href", &address)
}

// Text is what the page shows.
func (p *Page) Text() (string, error) {
	var text string
	return text, p.Eval("document.body.innerText", &text)
}

// Fill types into a field of a form, in place of what was in it.
func (p *Page) Fill(selector, text string) error {
	if err := p.Wait("document.querySelector("+quote(selector)+")", actionLimit); err != nil {
		return err
	}
	ctx, cancel := p.limited()
	defer cancel()
	field := chromedp.CSS(selector)
	if err := chromedp.Do(ctx, chromedp.Clear(field), chromedp.SendKeys(field, text)); err != nil {
		return fmt.Errorf("filling in %s: %w", selector, err)
	}
	return nil
}

// Click clicks on an element, once it is there.
func (p *Page) Click(selector string) error {
	if err := p.Wait("document.querySelector("+quote(selector)+")", actionLimit); err != nil {
		return err
	}
	ctx, cancel := p.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		return fmt.Errorf("clicking on %s: %w; %s", selector, err, p.describe())
	}
	return nil
}

// Submit clicks on an element that leads to another page, and waits until that is loaded.
func (p *Page) Submit(selector string) error {
	if err := p.Eval("window.leaving = true", nil); err != nil {
		return err
	}
	if err := p.Click(selector); err != nil {
		return err
	}
	return p.Wait("!window.leaving && document.readyState === 'complete'", actionLimit)
}

// Press presses keys, with Shift held or Control held as the modifiers say.
func (p *Page) Press(keys string, modifiers ...chromedp.KeyOption) error {
	ctx, cancel := p.limited()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.KeyEvent(keys, modifiers...)); err != nil {
		return fmt.Errorf("pressing %q: %w", keys, err)
	}
	return nil
}

// Type enters a text where the cursor is, all at once.
func (p *Page) Type(text string) error {
	ctx, cancel := p.limited()
	defer cancel()
	if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		return fmt.Errorf("typing %q: %w", text, err)
	}
	return nil
}

// Screenshot is a picture of the page, a PNG.
func (p *Page) Screenshot() ([]byte, error) {
	ctx, cancel := p.limited()
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return nil, fmt.Errorf("taking a screenshot: %w", err)
	}
	return picture, nil
}

// describe says where the page is and how what it shows begins, for errors.
func (p *Page) describe() string {
	address, err := p.Address()
	text, err2 := p.Text()
	if err := errors.Join(err, err2); err != nil {
		return "the page does not answer: " + err.Error()
	}
	return fmt.Sprintf("at %s the page says %q", address, text[:min(len(text), 400)])
}

// quote writes a text as JavaScript.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(quoted)
}
