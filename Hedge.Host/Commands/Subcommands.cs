using System.Text;

namespace Hedge.Host.Commands;

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

    /// <summary>The name of a container as its client called it, in upper case: it may be
    /// renamed.</summary>
    public static string Called(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name).ToUpperInvariant();

    private static string Container(CommandContext context) => Called(context.Argument(0));

    private static string Word(CommandContext context)
    {
        ReadOnlySpan<byte> word = context.Argument(1);
        return Encoding.UTF8.GetString(word[..Math.Min(word.Length, 128)]);
    }
}
