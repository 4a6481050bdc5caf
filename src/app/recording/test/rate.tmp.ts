import { Recording, RECORDING_DEFAULTS } from '../recording.ts';
import { syntheticInstruments } from './synthetic-feed.ts';
import { silentLog } from '#telemetry';
import { rmSync } from 'node:fs'; import { setImmediate as turn } from 'node:timers/promises';
const dir='/tmp/rec/rate'; rmSync(dir,{recursive:true,force:true});
const [rate=20000, levels=10, secs=75, S=200]=process.argv.slice(2).map(Number);
const rec=await Recording.open({dataDir:dir,instruments:syntheticInstruments(S),settings:{...RECORDING_DEFAULTS,flushIntervalUs:1e6},log:silentLog,nowUs:()=>Date.now()*1000});
const ups=Array.from({length:509},(_,k)=>{const c=levels/2;const side=(s:number)=>({count:c,priceTicks:Float64Array.from({length:c},(_,i)=>600000+s*(1+i*3)+k),qtyLots:Float64Array.from({length:c},()=>Math.floor(Math.random()*20000))});return{instrumentIx:0,tsVenueUs:0,tsLocalUs:0,isSnapshot:false,firstId:0,lastId:0,previousId:0,checksum:-1,bids:side(-1),asks:side(1)}});
const frame=Buffer.alloc(600,120); const t0=performance.now(); const base=Date.now()*1000; let n=0,waits=0,next=5000;
while(performance.now()-t0<secs*1000){ const due=Math.floor((performance.now()-t0)/1000*rate); for(let k=0;n<due&&k<500;k++,n++){const u:any=ups[n%509];u.instrumentIx=n%S;u.tsLocalUs=base+n*50;u.tsVenueUs=u.tsLocalUs-2000;u.firstId=10*n+1;u.lastId=10*n+10;u.previousId=10*n;u.isSnapshot=n<S; for(let i=0;i<levels/2;i++){u.bids.qtyLots[i]=(n*7919+i*104729)%20000}
 while(rec.raw('binance-usdm','public-0',frame,u.tsLocalUs)==='wait'){waits++;await turn()} while(rec.book(u)==='wait'){waits++;await turn()}} await turn(); if(performance.now()-t0>next){next+=5000;const s=rec.stats();console.log((next/1000-5),'s rss',(process.memoryUsage.rss()/1e6).toFixed(0),'n',n,'due',due,'arch',s.archive?.records,'parts',s.archive?.parts,'cmp',s.archive?.compactions,'bus MB',(s.log.bytes/1e6).toFixed(0),'waits',waits,'flushMs',s.log.flushMsMax.toFixed(0))}}
const c0=performance.now();await rec.close();console.log('close',((performance.now()-c0)/1000).toFixed(1),'s',JSON.stringify(rec.stats().archive),rec.stats().archiveFault);
