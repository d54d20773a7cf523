using System.Text;

namespace Hedge.Host.Commands.Connections;

/// <summary>Names that clients give to themselves and to their libraries.</summary>
internal static class ClientNames
{
    public const string Invalid = "ERR Client names cannot contain spaces, newlines or special characters.";

    /// <summary>False when the name has a character that would break CLIENT LIST's lines.</summary>
    public static bool TryRead(ReadOnlySpan<byte> argument, out string name)
    {
        name = "";
        if (argument.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0) return false;
        name = Encoding.ASCII.GetString(argument);
        return true;
    }
}
