using System.Globalization;
using System.IO.Hashing;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class DigestCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DIGEST", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Since = "8.4.0",
        Group = "string",
        Complexity = "O(N) where N is the length of the value.",
        Summary = "The XXH3 hash of a string, as 16 hexadecimal digits",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        if (!record.Exists)
        {
            context.Reply.Null();
            return;
        }

        Span<byte> digits = stackalloc byte[ValueCondition.DigestCharacters];
        XxHash3.HashToUInt64(record.Value).TryFormat(digits, out _, "x16", CultureInfo.InvariantCulture);
        context.Reply.Bulk(digits);
    }
}
