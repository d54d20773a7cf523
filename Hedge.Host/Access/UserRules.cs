using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>Changes a user by one rule after the other.</summary>
internal static class UserRules
{
    private const int DigestDigits = 64;
    private const string SanitizePayload = "sanitize-payload";
    private const string SkipPayload = "skip-sanitize-payload";

    /// <summary>Applies rules in their order, all or none. Null: one of them is wrong.</summary>
    /// <param name="to">The user before.</param>
    /// <param name="rules">The rules, in Latin-1; words of one in parentheses are one rule.</param>
    /// <param name="commands">All commands.</param>
    /// <param name="allChannels">Whether a new user may use all channels.</param>
    /// <param name="wrong">The rule that is wrong.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static UserRights? Apply(UserRights to, IEnumerable<string> rules, CommandTable commands,
        bool allChannels, out string wrong, out string problem)
    {
        problem = wrong = "";
        UserRights? user = to;
        foreach (string rule in rules)
        {
            wrong = rule;
            user = Apply(user, rule, commands, allChannels, out problem);
            if (user is null) return null;
        }

        return user;
    }

    /// <summary>Puts words that one pair of parentheses encloses together. Null: one is not closed; it begins
    /// with <paramref name="unmatched"/>.</summary>
    public static List<string>? Join(IEnumerable<string> words, out string unmatched)
    {
        var rules = new List<string>();
        unmatched = "";
        string? open = null;
        foreach (string word in words)
        {
            if (open is null && !word.StartsWith('('))
            {
                rules.Add(word);
                continue;
            }

            if (open is null) unmatched = word;
            open = open is null ? word : $"{open} {word}";
            if (!word.EndsWith(')')) continue;
            rules.Add(open);
            open = null;
        }

        return open is null ? rules : null;
    }

    private static UserRights? Apply(UserRights to, string rule, CommandTable commands, bool allChannels,
        out string problem)
    {
        problem = "";
        // A rule of no letters changes nothing, as in Redis.
        if (rule.Length == 0) return to;
        switch (rule.ToUpperInvariant())
        {
            case "ON": return to with { IsOn = true };
            case "OFF": return to with { IsOn = false };
            case "NOPASS": return to with { NeedsNoPassword = true, Passwords = [] };
            case "RESETPASS": return to with { NeedsNoPassword = false, Passwords = [] };
            case "SKIP-SANITIZE-PAYLOAD" or "SANITIZE-PAYLOAD":
                bool skips = rule.Length > SanitizePayload.Length;
                return to with { Payload = skips ? SkipPayload : SanitizePayload };
            case "CLEARSELECTORS": return to with { Selectors = [] };
            case "RESET": return UserRights.New(commands, allChannels) with { Payload = SanitizePayload };
        }

        switch (rule[0])
        {
            case '>' or '#' or '<' or '!':
                return WithPassword(to, rule, out problem);
            case '(' when rule[^1] == ')':
                Selector? more = Selector.Empty(commands) with { AllChannels = allChannels };
                string[] words = rule[1..^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                for (int i = 0; i < words.Length && more is not null; i++)
                    more = SelectorRules.Apply(more, words[i], commands, out problem);
                return more is null ? null : to with { Selectors = [.. to.Selectors, more] };
            default:
                Selector? root = SelectorRules.Apply(to.Root, rule, commands, out problem);
                return root is null ? null : to with { Root = root };
        }
    }

    private static UserRights? WithPassword(UserRights to, string rule, out string problem)
    {
        problem = AclProblem.BadHash;
        string digest = rule[1..];
        if (rule[0] is '>' or '<') digest = UserRights.DigestOf(Encoding.Latin1.GetBytes(digest));
        if (digest.Length != DigestDigits || !digest.All(char.IsAsciiHexDigitLower)) return null;
        bool isKnown = to.Passwords.Contains(digest);
        if (rule[0] is '>' or '#')
        {
            return to with
            {
                NeedsNoPassword = false,
                Passwords = isKnown ? to.Passwords : [.. to.Passwords, digest],
            };
        }

        problem = AclProblem.NoPassword;
        return isKnown ? to with { Passwords = [.. to.Passwords.Where(p => p != digest)] } : null;
    }
}
