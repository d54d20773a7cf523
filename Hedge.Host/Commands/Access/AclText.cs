using System.Text;

namespace Hedge.Host.Commands.Access;

/// <summary>Texts with names and rules in them, which are any bytes, held as Latin-1.</summary>
internal static class AclText
{
    /// <summary>A word up to a NUL, as C prints it.</summary>
    public static string Shown(string word)
    {
        int nul = word.IndexOf('\0', StringComparison.Ordinal);
        return nul < 0 ? word : word[..nul];
    }

    /// <summary>An argument up to a NUL.</summary>
    public static string Shown(ReadOnlySpan<byte> argument) => Shown(Encoding.Latin1.GetString(argument));

    /// <summary>Replies with an error.</summary>
    public static void Fail(CommandContext context, string error) =>
        context.Reply.Error(Encoding.Latin1.GetBytes(error));
}
