using System.Net;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Resp;
using Hedge.Storage.Io;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

/// <summary>The most used commands allocate nothing once warm.</summary>
[TestFixture]
[Category("fast")]
public sealed unsafe class HotPathTests
{
    [TestCase("SET key value", 0)]
    [TestCase("SET key value EX 100", 0)]
    [TestCase("SET key value NX", 1)]
    [TestCase("GET key", 1)]
    [TestCase("MGET key key key", 3)]
    [TestCase("MSET key value key value", 0)]
    [TestCase("INCR key", 1)]
    [TestCase("INCRBYFLOAT key 1.25", 1)]
    [TestCase("APPEND key value", 1)]
    [TestCase("SETBIT key 7 1", 1)]
    [TestCase("GETBIT key 7", 1)]
    [TestCase("BITCOUNT key", 1)]
    [TestCase("BITFIELD key INCRBY u8 0 1 GET u4 4", 1)]
    [TestCase("GETEX key EX 100", 1)]
    public void A_command_allocates_nothing_and_looks_up_what_it_must(string line, int lookUps)
    {
        using var keyspace = new SingleRecordKeyspace("12"u8);
        using var output = new OutputBuffer();
        var reply = new RespWriter();
        var context = new CommandContext
        {
            Keys = keyspace,
            Reply = reply,
            Server = new Server(AllCommands.Table()),
            NowMilliseconds = 1_700_000_000_000,
            Session = new Session
            {
                Id = 1,
                Remote = new IPEndPoint(IPAddress.Loopback, 1),
                Local = new IPEndPoint(IPAddress.Loopback, 2),
            },
        };
        byte[][] words = CommandLine.Split(line);
        byte[] pinned = GC.AllocateArray<byte>(1024, pinned: true);
        Command command = context.Server.Commands.Find(words[0])!;
        context.Spec = command.Spec;
        context.Request = new Request();
        context.Request.Reserve(words.Length);
        fixed (byte* start = pinned)
        {
            int at = 0;
            for (int i = 0; i < words.Length; i++)
            {
                words[i].CopyTo(pinned, at);
                context.Request.SetArgument(i, start + at, words[i].Length);
                at += words[i].Length;
            }

            for (int i = 0; i < 200; i++) Run();
            keyspace.LookUps = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.Zero);
            Assert.That(keyspace.LookUps, Is.EqualTo(lookUps));
        }

        void Run()
        {
            reply.Reset(output, 2);
            context.Run(command);
            output.Rewind(0);
        }
    }

    /// <summary>Every look-up finds the same record, whatever is written.</summary>
    private sealed class SingleRecordKeyspace : IKeyspace, IDisposable
    {
        private readonly RecordHeader* _header;

        public SingleRecordKeyspace(ReadOnlySpan<byte> value)
        {
            _header = (RecordHeader*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(1024);
            _header->ValueLength = value.Length;
            value.CopyTo(new Span<byte>(_header + 1, value.Length));
        }

        public int LookUps { get; set; }

        public bool TryFind(ReadOnlySpan<byte> key, out Record record)
        {
            LookUps++;
            record = new Record(_header);
            return true;
        }

        public bool TryDescribe(ReadOnlySpan<byte> key, out KeyInfo info)
        {
            bool found = TryPeek(key, out Record record);
            info = KeyInfo.Of(record);
            return found;
        }

        public bool TryPeek(ReadOnlySpan<byte> key, out Record record) => TryFind(key, out record);

        public void SetString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAt = 0,
            StringEncoding encoding = StringEncoding.Derived)
        {
        }

        public void WriteRange(ReadOnlySpan<byte> key, long offset, ReadOnlySpan<byte> bytes, bool touches)
        {
        }

        public void Remove(ReadOnlySpan<byte> key)
        {
        }

        public void SetExpiry(ReadOnlySpan<byte> key, long expireAt)
        {
        }

        public void Store(ReadOnlySpan<byte> key, in Record record)
        {
        }

        public void Dispose() => System.Runtime.InteropServices.NativeMemory.Free(_header);
    }
}
