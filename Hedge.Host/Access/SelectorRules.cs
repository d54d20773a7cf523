using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>Changes a set of rights by one rule after the other.</summary>
internal static class SelectorRules
{
    /// <summary>Applies a rule. Returns null for one that is wrong.</summary>
    public static Selector? Apply(Selector to, string rule, CommandTable commands, out string problem)
    {
        problem = "";
        if (Is(rule, "allkeys") || rule == "~*") return to with { AllKeys = true, Keys = [] };
        if (Is(rule, "resetkeys")) return to with { AllKeys = false, Keys = [] };
        if (Is(rule, "allchannels") || rule == "&*") return to with { AllChannels = true, Channels = [] };
        if (Is(rule, "resetchannels")) return to with { AllChannels = false, Channels = [] };
        if (Is(rule, "allcommands") || Is(rule, "+@all")) return WithAll(to, commands, all: true);
        if (Is(rule, "nocommands") || Is(rule, "-@all")) return WithAll(to, commands, all: false);
        Selector? changed = rule[0] switch
        {
            '~' or '%' => WithKeys(to, rule, out problem),
            '&' => WithChannel(to, rule, out problem),
            '+' or '-' when rule.Length > 1 && rule[1] == '@' =>
                WithCategory(to, rule, commands, out problem),
            '+' or '-' => WithCommand(to, rule, commands, out problem),
            _ => null,
        };
        if (changed is null && problem.Length == 0) problem = AclProblem.Syntax;
        return changed;
    }

    private static bool Is(string rule, string word) => rule.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static Selector WithAll(Selector to, CommandTable commands, bool all) => to with
    {
        Allowed = CommandSet.Of(commands, all),
        AllowsFuture = all,
        FirstArguments = new Dictionary<Command, IReadOnlyList<string>>(),
        CommandRules = [],
    };

    private static Selector? WithKeys(Selector to, string rule, out string problem)
    {
        problem = to.AllKeys ? AclProblem.KeysAreAll : "";
        if (to.AllKeys || KeyPattern.Parse(rule) is not { } pattern) return null;
        if (RuleText.HasSpace(pattern.Glob)) return null;
        KeyPattern? same = to.Keys.FirstOrDefault(k => k.Glob == pattern.Glob);
        if (same is null) return to with { Keys = [.. to.Keys, pattern] };
        KeyPattern both = same with { Access = same.Access | pattern.Access };
        return to with { Keys = [.. to.Keys.Select(k => k == same ? both : k)] };
    }

    private static Selector? WithChannel(Selector to, string rule, out string problem)
    {
        problem = to.AllChannels ? AclProblem.ChannelsAreAll : "";
        string channel = rule[1..];
        if (to.AllChannels || RuleText.HasSpace(channel)) return null;
        return to.Channels.Contains(channel) ? to : to with { Channels = [.. to.Channels, channel] };
    }

    private static Selector? WithCategory(Selector to, string rule, CommandTable commands,
        out string problem)
    {
        problem = AclProblem.UnknownCommand;
        AclCategory category = SpecText.CategoryOf(Encoding.Latin1.GetBytes(rule[2..]));
        if (category == AclCategory.None) return null;
        return With(to, rule, commands.All.Where(c => (SpecText.Categories(c.Spec) & category) != 0));
    }

    private static Selector With(Selector to, string rule, IEnumerable<Command> commands)
    {
        CommandSet allowed = to.Allowed.Copy();
        var first = new Dictionary<Command, IReadOnlyList<string>>(to.FirstArguments);
        foreach (Command command in commands)
        {
            allowed.Set(command, rule[0] == '+');
            first.Remove(command);
        }

        return With(to, rule, allowed, first);
    }

    private static Selector With(Selector to, string rule, CommandSet allowed,
        Dictionary<Command, IReadOnlyList<string>> first) => to with
        {
            Allowed = allowed,
            FirstArguments = first,
            CommandRules = With(to.CommandRules, rule),
        };

    private static Selector? WithCommand(Selector to, string rule, CommandTable commands, out string problem)
    {
        problem = AclProblem.UnknownCommand;
        string name = rule[1..];
        byte[] bytes = Encoding.Latin1.GetBytes(name);
        if (commands.FindDeclared(bytes) is { } known)
            return With(to, rule, (Command[])[known, .. known.Subcommands]);

        // Commands without subcommands may be allowed with a certain first argument.
        int bar = name.LastIndexOf('|');
        if (bar < 0 || rule[0] == '-' || commands.FindDeclared(bytes.AsSpan(0, bar)) is not { } parent)
            return null;
        string word = name[(bar + 1)..];
        if (name[..bar].Contains('|', StringComparison.Ordinal))
        {
            problem = AclProblem.FirstArgument;
            return null;
        }

        // One with a space in it would be two rules where it is written to a file.
        if (word.Length == 0 || RuleText.HasSpace(word)) problem = AclProblem.Syntax;
        if (parent.Subcommands.Count > 0 || problem == AclProblem.Syntax) return null;
        var arguments = new Dictionary<Command, IReadOnlyList<string>>(to.FirstArguments);
        arguments[parent] = [.. arguments.GetValueOrDefault(parent, []), word];
        return With(to, rule, to.Allowed, arguments);
    }

    // A rule takes the place of those before it that say something of the same, or of a part of it.
    private static List<string> With(IReadOnlyList<string> rules, string rule)
    {
        // Redis shows rules in lower case.
        string added = RuleText.ToLower(rule);
        string name = added[1..];
        List<string> all = [.. rules.Where(r => r[1..] != name
            && !r[1..].StartsWith(name + '|', StringComparison.Ordinal))];
        all.Add(added);
        return all;
    }
}
