using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class DelExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DELEX", -2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete | KeyFlags.VariableFlags))
    {
        Syntax = "key [IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]",
        Arguments = "key condition ifeq-value ifne-value ifdeq-digest ifdne-digest",
        Since = "8.4.0",
        Group = "string",
        Complexity = "O(1), and for a digest O(N) where N is the length of the value.",
        Summary = "Removes a key, if wanted only when its value is, or is not, the expected one",
    };

    public static void Execute(CommandContext context)
    {
        if (!SetOptions.TryParse(context, 2, SetFlags.AnyComparison, out SetOptions options)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        if (options.OperandIndex == 0)
        {
            if (context.Keys.TryPeek(key, out Record any)) Remove(context, key, any.Exists);
            return;
        }

        RemoveIf(context, options.Flags, context.Argument(options.OperandIndex));
    }

    /// <summary>Removes the key of argument 1 when it holds a string that is as the option wants it, and
    /// replies with the number of keys removed.</summary>
    public static void RemoveIf(CommandContext context, SetFlags option, ReadOnlySpan<byte> operand)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record record)) return;
        Remove(context, key, record.Exists && ValueCondition.Holds(option, record.Value, operand));
    }

    private static void Remove(CommandContext context, ReadOnlySpan<byte> key, bool removes)
    {
        if (removes)
        {
            context.Keys.Remove(key);
            context.Notify(KeyspaceEvents.Generic, "del"u8, key);
        }

        context.Reply.Integer(removes ? 1 : 0);
    }
}
