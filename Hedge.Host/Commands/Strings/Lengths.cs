using Hedge.Storage.Keys;

namespace Hedge.Host.Commands.Strings;

/// <summary>The limit on the length of strings.</summary>
internal static class Lengths
{
    /// <summary>True when size + added bytes are within the limit; else replies with the error.</summary>
    public static bool Allow(CommandContext context, long size, long added)
    {
        if (size <= KeyLimits.ValueBytesMax - added) return true;
        context.Reply.Error(ErrorText.StringTooLong);
        return false;
    }
}
