using System.Buffers;
using System.Text;
using Hedge.Host.Commands.Keys;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Servers;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Administration;

/// <summary>DEBUG OBJECT and DEBUG RELOAD.</summary>
internal static class DebugData
{
    private const long PollMilliseconds = 10;
    private const long HoldMilliseconds = 1000;
    private const uint ClockMask = 0xFFFFFF;

    // Type byte before the value in a payload of DUMP.
    private const int TypeBytes = 1;

    /// <summary>DEBUG OBJECT key: how the value is kept. Records move, so there is no address to
    /// show.</summary>
    public static void Object(CommandContext context)
    {
        if (!context.Keys.TryPeek(context.Argument(2), out Record record)) return;
        if (!record.Exists)
        {
            context.Reply.Error(ErrorText.NoSuchKey);
            return;
        }

        int idle = Math.Max(0, (int)((uint)(context.NowMilliseconds / 1000) - record.LastAccess));
        context.Reply.SimpleString($"Value at:0x0 refcount:{StringForm.ReferencesOf(record)} "
            + $"encoding:{Encoding.ASCII.GetString(StringForm.EncodingOf(record))} "
            + $"serializedlength:{SerializedLength(record)} lru:{record.LastAccess & ClockMask} "
            + $"lru_seconds_idle:{idle}");
    }

    /// <summary>
    /// DEBUG RELOAD: a checkpoint, as SAVE makes one, and then memory gives up what is on disk too. Nothing
    /// is lost and nothing comes back; what was only in memory before is read from run files after. New
    /// writes wait meanwhile, or it might never end.
    /// </summary>
    public static void Reload(CommandContext context)
    {
        if (!TryOptions(context, out bool saves)) return;
        if (context.InTransaction)
        {
            context.Reply.Error("ERR DEBUG RELOAD is not possible inside a transaction");
            return;
        }

        ICheckpoints checkpoints = context.Server.Checkpoints;
        if (context.Progress is not Reloading progress)
        {
            if (saves && checkpoints.InProgress)
            {
                context.RetryAt = context.NowMilliseconds + PollMilliseconds;
                return;
            }

            context.Progress = progress = new Reloading { Checkpoint = saves ? checkpoints.Start() : 0 };
        }

        // Put off at every run: a hold without anybody who waits for its end is over soon.
        context.Server.WritesHeldUntil = context.NowMilliseconds + HoldMilliseconds;
        if (progress.Drop == 0)
        {
            bool succeeded = true;
            if (saves && !checkpoints.HasEnded(progress.Checkpoint, out succeeded))
            {
                context.RetryAt = context.NowMilliseconds + PollMilliseconds;
                return;
            }

            if (!succeeded)
            {
                context.Server.WritesHeldUntil = 0;
                context.Reply.Error("ERR Error trying to load the RDB dump, check server logs");
                return;
            }

            progress.Drop = checkpoints.StartDrop();
        }

        if (!checkpoints.HasDropped(progress.Drop))
        {
            context.RetryAt = context.NowMilliseconds + PollMilliseconds;
            return;
        }

        context.Server.WritesHeldUntil = 0;
        context.Reply.Ok();
    }

    private static bool TryOptions(CommandContext context, out bool saves)
    {
        saves = true;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "NOSAVE"u8))
            {
                saves = false;
            }
            else if (!context.Is(i, "MERGE"u8) && !context.Is(i, "NOFLUSH"u8))
            {
                context.Reply.Error("ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
                return false;
            }
        }

        return true;
    }

    private static int SerializedLength(in Record record)
    {
        byte[] payload = ArrayPool<byte>.Shared.Rent(record.Value.Length + DumpWriter.OverheadBytesMax);
        int length = DumpWriter.WriteString(record.Value, payload);
        ArrayPool<byte>.Shared.Return(payload);
        return length - TypeBytes - DumpWriter.FooterBytes;
    }

    private sealed class Reloading
    {
        public long Checkpoint { get; init; }

        public long Drop { get; set; }
    }
}
