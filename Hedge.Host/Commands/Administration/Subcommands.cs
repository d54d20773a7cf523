using System.Text;
using Hedge.Host.Commands.Introspection;

namespace Hedge.Host.Commands.Administration;

/// <summary>What containers of subcommands have in common.</summary>
internal static class Subcommands
{
    /// <summary>The error for a subcommand that does not exist.</summary>
    public static void Unknown(CommandContext context) =>
        context.Reply.Error($"ERR unknown subcommand '{Word(context)}'. Try {Container(context)} HELP.");

    /// <summary>The error of subcommands that check their number of arguments themselves.</summary>
    public static void WrongNumber(CommandContext context) =>
        context.Reply.Error("ERR unknown subcommand or wrong "
        + $"number of arguments for '{Word(context)}'. Try {Container(context)} HELP.");

    /// <summary>The reply to HELP, made from the declarations of the container's subcommands.</summary>
    public static void Help(CommandContext context)
    {
        string container = Container(context);
        var lines = new List<string>();
        Command found = context.Server.Commands.Find(Encoding.ASCII.GetBytes(container))!;
        foreach (Command command in found.Subcommands)
        {
            string name = command.Spec.Name[(container.Length + 1)..];
            if (name == "HELP") continue;
            lines.Add(command.Spec.Syntax.Length == 0 ? name : $"{name} {command.Spec.Syntax}");
            lines.Add("    " + command.Spec.Summary.TrimEnd('.') + ".");
        }

        HelpReply.Write(context, container, [.. lines]);
    }

    private static string Container(CommandContext context) => context.Spec.Name.Split('|')[0];

    private static string Word(CommandContext context)
    {
        ReadOnlySpan<byte> word = context.Argument(1);
        return Encoding.UTF8.GetString(word[..Math.Min(word.Length, 128)]);
    }
}
