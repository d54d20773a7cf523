using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Tests.Blocking;

/// <summary>TEST.TAKE key [key ...] milliseconds: the first item of the first key that has one, with its
/// key; waits for one so long, 0 for ever.</summary>
internal sealed class TakeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TEST.TAKE", -3,
        CommandFlags.Write | CommandFlags.Blocking, AclCategory.None,
        new KeySpec(1, -2, 1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key [key ...] milliseconds",
        Since = "7.0.0",
        Group = "generic",
        Complexity = "O(N)",
        Summary = "Takes an item",
    };

    public static void Execute(CommandContext context)
    {
        int last = context.ArgumentCount - 1;
        if (context.Unblocked == Unblocking.WithError)
        {
            context.Reply.Error(ErrorText.Unblocked);
            return;
        }

        if (context.Unblocked == Unblocking.AsTimeout)
        {
            context.Reply.NullArray();
            return;
        }

        if (!context.TryInteger(last, out long milliseconds)) return;
        if (!TryChoose(context, last, out int chosen, out Record record)) return;
        if (chosen > 0)
        {
            Take(context, chosen, record);
            return;
        }

        if (context.InTransaction) context.Reply.NullArray();
        else context.AwaitKeys(milliseconds == 0 ? long.MaxValue : context.NowMilliseconds + milliseconds);
    }

    private static bool TryChoose(CommandContext context, int last, out int chosen, out Record record)
    {
        chosen = 0;
        record = default;
        bool resident = true;
        for (int i = 1; i < last; i++)
        {
            if (!context.MayTouch(context.Argument(i))) continue;
            if (!context.Keys.TryFind(context.Argument(i), out record)) resident = false;
            else if (record.Exists && record.Value.Length > 0 && resident)
            {
                chosen = i;
                return true;
            }
        }

        return resident;
    }

    private static void Take(CommandContext context, int index, in Record record)
    {
        int end = record.Value.IndexOf((byte)';');
        byte[] item = record.Value[..end].ToArray();
        byte[] rest = record.Value[(end + 1)..].ToArray();
        if (rest.Length == 0) context.Keys.Remove(context.Argument(index));
        else context.Keys.SetString(context.Argument(index), rest, 0, StringEncoding.Raw);
        context.Reply.ArrayHeader(2);
        context.Reply.Bulk(context.Argument(index));
        context.Reply.Bulk(item);
    }
}
