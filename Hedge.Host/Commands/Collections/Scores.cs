using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Commands.Collections;

/// <summary>Scores of sorted sets as texts.</summary>
internal static class Scores
{
    /// <summary>A score's text.</summary>
    public static byte[] Text(double score)
    {
        Span<byte> text = stackalloc byte[RespDouble.TextBytesMax];
        return text[..RespDouble.Format(score, text)].ToArray();
    }

    /// <summary>An argument that is a score. False when the usual error was replied.</summary>
    public static bool TryRead(CommandContext context, int index, out double score,
        string error = ErrorText.NotFloat)
    {
        if (Numbers.TryParseDouble(context.Argument(index), out score)) return true;
        context.Reply.Error(error);
        return false;
    }
}
